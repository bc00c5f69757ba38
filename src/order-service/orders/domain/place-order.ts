import { VALIDATION_FAILED } from '../../../shared/contracts/problem';
import { type Currency, totalOf } from '../../../shared/contracts/money';
import { AppError } from '../../../shared/errors';
import { type Order, type OrderEvent, type OrderItem, type OrderStep } from './order';
import { snapshotOf } from './order-resource';
import { type RequestedItem } from './resolve-items';

export interface NewOrder {
  /** The client that owns the order; the actor can be another. */
  owner: string;
  customerId: string;
  items: readonly OrderItem[];
  currency: Currency;
  metadata: Readonly<Record<string, string>>;
}

/** An order as it was requested: its lines can lack the prices that are in the catalogue. */
export interface OrderRequest extends Omit<NewOrder, 'items'> {
  items: readonly RequestedItem[];
  /** The reservation that the order takes over; null: none. */
  reservationId: string | null;
}

/**
 * Creates an order: its first step.
 *
 * @throws AppError `invalid_input` when the total is too large to be stored exactly.
 */
export function placeOrder(
  { owner: clientId, ...input }: NewOrder,
  orderId: string,
  now: Date,
): OrderStep<OrderEvent> {
  const total = totalOf(input.items, input.currency);
  if (total === null) {
    const errors = [{ path: 'items', message: 'the total is too large to be stored exactly' }];
    throw new AppError(VALIDATION_FAILED, 'the request body is not valid', {
      errors,
    });
  }
  const order: Order = {
    ...input,
    orderId,
    clientId,
    total,
    status: 'PENDING_SHIPMENT',
    version: 1,
    cancellation: null,
    shipping: null,
    shipmentVersion: 0,
    createdAt: now,
    updatedAt: now,
  };
  const catalogue = catalogueLines(order);
  const payload = {
    ...snapshotOf(order),
    metadata: order.metadata,
    ...(catalogue.length > 0 && { catalogue }),
  };
  return { order, event: { type: 'ORDER_CREATED', payload, sent: true } };
}

/** A line of an ORDER_CREATED event whose code was in the catalogue. The Delivery Service does not get it. */
export interface CatalogueLine {
  /** Counts from 1. */
  line: number;
  product_id: string;
  name: string;
}

const catalogueLines = ({ items }: Order): CatalogueLine[] =>
  items.flatMap(({ catalogue }, index) =>
    catalogue ? [{ line: index + 1, product_id: catalogue.productId, name: catalogue.name }] : [],
  );
