import { currency } from '../../../src/shared/contracts/money';
import {
  type OrderEvent,
  type OrderItem,
  type OrderStep,
} from '../../../src/order-service/orders/domain/order';
import { toOrderResource } from '../../../src/order-service/orders/domain/order-resource';
import { placeOrder } from '../../../src/order-service/orders/domain/place-order';
import { type FloorScript } from './floor-script';

/**
 * The rows of one order, written in one transaction with one statement after another, with the same columns, lengths and indexes as the
 * service. `:name` is a parameter; `high` and `low` are random and determine the order's id and every unique value.
 */
export const CREATE_ORDER_TRANSACTION = [
  'BEGIN',
  `INSERT INTO idempotency_records (client_id, route, kind, key, fingerprint, order_id, response_status, response_body, expires_at)
   VALUES (:client, 'POST /orders', 'key', gen_random_uuid()::text, :fingerprint, NEW_UUID, 201, :response, NULL)
   ON CONFLICT (client_id, route, kind, key) DO NOTHING`,
  `WITH placed AS (
     INSERT INTO orders (order_id, client_id, customer_id, currency, total_minor, status, version, metadata,
                         created_at, updated_at, checked_at)
     VALUES (NEW_UUID, :client, 'customer-' || UNIQUE_TEXT, 'USD', 8740, 'PENDING_SHIPMENT', 1, '{}', now(), now(), now()))
   INSERT INTO order_items (order_id, line, product_id, quantity, unit_price_minor)
   VALUES (NEW_UUID, 1, 'lamp-' || UNIQUE_TEXT, 1, 7990), (NEW_UUID, 2, 'bulb-' || UNIQUE_TEXT, 3, 250)`,
  `WITH logged AS (
     INSERT INTO events (event_id, subject_type, subject_id, owner, order_id, version, type, payload, actor, correlation_id,
                         traceparent, occurred_at)
     VALUES (gen_random_uuid(), 'order', NEW_UUID, :client, NEW_UUID, 1, 'ORDER_CREATED', :payload, :client,
             gen_random_uuid()::text, :traceparent, now())
     RETURNING seq)
   INSERT INTO outbox (seq, subject_id, version, queue) SELECT seq, NEW_UUID, 1, 'orders-queue.fifo' FROM logged`,
  'COMMIT',
].map(toStatement);

/** On one line, with the expressions for the values that are unique to an order. */
export function toStatement(text: string): string {
  return (
    text
      // A UUIDv7 like the service's, the same in all statements of a transaction.
      .replaceAll(
        'NEW_UUID',
        `(lpad(to_hex((date_part('epoch', now()) * 1000)::bigint), 12, '0') || '7' || lpad(to_hex(:high::int), 3, '0') || '8' ||
          lpad(to_hex(:low::bigint), 15, '0'))::uuid`,
      )
      .replaceAll('UNIQUE_TEXT', "lpad(to_hex(:low::bigint), 16, '0')")
      .replaceAll(/\s+/g, ' ')
  );
}

/** Exclusive upper bound of both random parameters. */
export const RANDOM_BELOW = { high: 2 ** 12, low: 2 ** 53 };

const CLIENT = 'bench-shop';

const ID = 'f'.repeat(16);

const FREE_ITEMS: readonly OrderItem[] = [
  { productId: `lamp-${ID}`, quantity: 1, unitPrice: 7_990 },
  { productId: `bulb-${ID}`, quantity: 3, unitPrice: 250 },
];

/** An order as the load generator places it, and its event. */
export function exampleOrder(items: readonly OrderItem[] = FREE_ITEMS): OrderStep<OrderEvent> {
  const input = {
    owner: CLIENT,
    customerId: `customer-${ID}`,
    items,
    currency: currency.parse('USD'),
    metadata: {},
  };
  return placeOrder(input, '01890a5d-ac96-774b-bcce-b302099a8057', new Date());
}

/** The constant parameters, created by the service's own code. */
export function constantParameters(
  { order, event } = exampleOrder(),
): Record<'client' | 'fingerprint' | 'response' | 'payload' | 'traceparent', string> {
  return {
    client: CLIENT,
    fingerprint: 'a'.repeat(64),
    response: JSON.stringify(toOrderResource(order)),
    payload: JSON.stringify(event.payload),
    traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
  };
}

/**
 * The script of each schema, the newest first. When a migration changes the rows of an order, add a script and keep this one: a build that
 * is compared can have the former schema.
 */
export const CREATE_ORDER_SCRIPTS: readonly FloorScript[] = [
  { statements: CREATE_ORDER_TRANSACTION, constants: constantParameters(), randomBelow: RANDOM_BELOW },
];
