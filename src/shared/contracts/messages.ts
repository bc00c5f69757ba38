import { z } from 'zod';
import { version } from './integers';
import { amount, currency, toMinorUnits } from './money';
import { shipmentStatus } from './status-machines';
import { customerId, productId, text, uuid } from './text';
import { utcTimestamp } from './timestamps';

/** The members of every message. The schema of each message type validates the payload. */
export const envelope = z.object({
  id: uuid,
  type: z.string().min(1).max(100),
  schema_version: z.literal(1),
  order_id: uuid,
  /** Counts 1, 2, 3… per order within the log of the service that sent it. */
  version,
  occurred_at: utcTimestamp,
  correlation_id: z.string().min(1).max(128),
  /** W3C Trace Context of the step that wrote the event. */
  traceparent: z.string().min(1).max(100),
  payload: z.unknown(),
});

export type Envelope = z.infer<typeof envelope>;

/** A message of one type: the envelope with that literal type and the type's own payload. */
export function message<T extends string, P extends z.ZodType>(type: T, payload: P) {
  return envelope.extend({ type: z.literal(type), payload });
}

/** The members of events that no message contains: they belong to the log of the service that writes them. */
const UNSENT_MEMBERS: readonly string[] = ['metadata', 'cancellation', 'catalogue'];

/** The members of an event's payload that its message contains, in the same order. */
export function toMessagePayload(payload: unknown): unknown {
  const members = Object.entries(payload as object);
  const isUnsent = ([name]: [string, unknown]): boolean => UNSENT_MEMBERS.includes(name);
  return members.some(isUnsent) ? Object.fromEntries(members.filter((member) => !isUnsent(member))) : payload;
}

export const orderItem = z.object({
  product_id: productId,
  quantity: z.int().min(1).max(10_000),
  unit_price: amount,
});

/** Everything that the Delivery Service needs to ship the order without a further request. */
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

/** Contains the snapshot too, so that a request to cancel can be answered even when its ORDER_CREATED was lost. */
export const orderCancelRequested = message('ORDER_CANCEL_REQUESTED', orderSnapshot);
export type OrderCancelRequested = z.infer<typeof orderCancelRequested>;

export const shipmentStatusChanged = message(
  'SHIPMENT_STATUS_CHANGED',
  z.object({
    shipment_id: uuid,
    status: shipmentStatus,
    /** Null for the first status of a shipment. */
    previous_status: shipmentStatus.nullable().describe('equal to `status` when only the shipping changed'),
    carrier: z.string().nullable(),
    tracking_number: z.string().nullable(),
    estimated_delivery: utcTimestamp.nullable(),
    /** How often the parcel has gone out for delivery. */
    attempts: z.int().min(0),
    actor: z.string().optional().describe('the operator who took the step; absent for a step of the carrier'),
  }),
);
export type ShipmentStatusChanged = z.infer<typeof shipmentStatusChanged>;

export const shipmentCancelRefused = message(
  'SHIPMENT_CANCEL_REFUSED',
  z.object({ shipment_id: uuid, status: shipmentStatus }),
);
export type ShipmentCancelRefused = z.infer<typeof shipmentCancelRefused>;

/** Every message of the delivery status queue; the Order Service applies them strictly by `version`. */
export const shipmentMessage = z.discriminatedUnion('type', [shipmentStatusChanged, shipmentCancelRefused]);
export type ShipmentMessage = z.infer<typeof shipmentMessage>;
