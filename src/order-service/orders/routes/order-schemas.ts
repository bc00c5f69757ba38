import { z } from 'zod';
import { list, pairs } from '../../../shared/contracts/lists';
import { amount, amountFault, currency, toMinorUnits } from '../../../shared/contracts/money';
import { customerId, productId, text, uuid } from '../../../shared/contracts/text';
import { timestamp } from '../../../shared/contracts/timestamps';
import { IDEMPOTENCY_KEY_PATTERN } from '../../../shared/idempotency/idempotency-key';
import { type OrderRequest } from '../domain/place-order';
import { type RequestedItem } from '../domain/resolve-items';

export const ORDERS_TAG = 'orders';

export interface CreateOrder {
  order: Omit<OrderRequest, 'owner'>;
  /** The time at which the customer placed the order, according to the client, in ISO 8601; null when the client did not send it. */
  clientTimestamp: string | null;
}

const itemBody = z.strictObject({
  product_id: productId.describe(
    'the code of the product in the catalogue (its `sku`), or any text for an item that is not in it',
  ),
  quantity: z.int().min(1).max(10_000),
  unit_price: amount.optional().describe('without it, the price in the catalogue'),
});

const orderBody = z.strictObject({
  customer_id: customerId,
  items: list(itemBody, 1, 100),
  currency: currency.default(currency.parse('USD')),
  metadata: pairs(text(1, 40), text(0, 500), 20),
  client_timestamp: timestamp.optional(),
  reservation_id: uuid.optional().describe('the reservation whose stock the order takes over'),
});

/** A line of `POST /orders/bulk`. */
export const orderLine = orderBody
  .extend({ idempotency_key: z.string().regex(IDEMPOTENCY_KEY_PATTERN).optional() })
  .meta({ id: 'OrderLine' });

/** The body of `POST /orders`, with amounts converted to minor units. */
export const createOrderBody = orderBody.transform((body, context): CreateOrder => {
  const items = body.items.map((item, index): RequestedItem => {
    const { product_id: productId, quantity, unit_price: price } = item;
    const unitPrice = price === undefined ? null : toMinorUnits(price, body.currency);
    if (price !== undefined && unitPrice === null)
      context.addIssue({
        code: 'custom',
        path: ['items', index, 'unit_price'],
        message: amountFault(price, body.currency),
      });
    return { productId, quantity, unitPrice };
  });
  return {
    order: {
      customerId: body.customer_id,
      items,
      currency: body.currency,
      metadata: body.metadata,
      reservationId: body.reservation_id ?? null,
    },
    clientTimestamp: body.client_timestamp ?? null,
  };
});
