import { z } from 'zod';
import { currency } from './currency';
import { message } from './envelope';
import { customerId, productId } from './ids';
import { amount, toMinorUnits } from './money';
import { text } from './text';

export const orderItem = z.object({
  product_id: productId,
  quantity: z.int().min(1).max(10_000),
  unit_price: amount,
});

/** All that the Delivery Service needs to ship the order without asking back. */
export const orderSnapshot = z
  .object({
    client_id: text(1, 100),
    customer_id: customerId,
    items: z.array(orderItem).min(1).max(100),
    currency,
    total_amount: amount,
  })
  .refine(
    ({ items, currency: code, total_amount: total }) =>
      [total, ...items.map((item) => item.unit_price)].every((sum) => toMinorUnits(sum, code) !== null),
    'must have amounts of its currency',
  );

export type OrderSnapshot = z.infer<typeof orderSnapshot>;

export const orderCreated = message('ORDER_CREATED', orderSnapshot);
export type OrderCreated = z.infer<typeof orderCreated>;

/** Carries the snapshot too: a wish that arrives although its ORDER_CREATED was lost can still be answered. */
export const orderCancelRequested = message('ORDER_CANCEL_REQUESTED', orderSnapshot);
export type OrderCancelRequested = z.infer<typeof orderCancelRequested>;
