import { foldOrder } from '../../src/order-service/orders/domain/evolve-order';
import { type Order } from '../../src/order-service/orders/domain/order';
import { ORDER_COLUMNS, type OrderRow, toOrder } from '../../src/order-service/orders/store/order-store';
import { groupBy } from '../../src/shared/group-by';
import { EVENT_COLUMNS, type EventRow, toStoredEvent } from '../../src/shared/event-log/read-events';
import { type Breach } from './history';
import { type Databases } from './databases';

/** Compares each order with the fold of its log, and each shipment with its last event that reports it. */
export async function logsDisagreeing(databases: Databases): Promise<Breach[]> {
  return [...(await ordersUnlikeTheirLogs(databases)), ...(await shipmentsUnlikeTheirLogs(databases))];
}

async function ordersUnlikeTheirLogs({ orders: db }: Databases): Promise<Breach[]> {
  const { rows } = await db.query<OrderRow>(`SELECT ${ORDER_COLUMNS} FROM orders o`);
  const { rows: events } = await db.query<EventRow>(
    `SELECT ${EVENT_COLUMNS} FROM events e WHERE e.subject_type = 'order' ORDER BY e.subject_id, e.version`,
  );
  const logs = groupBy(events.map(toStoredEvent), ({ subjectId }) => subjectId);
  return rows.map(toOrder).flatMap((order) => {
    const difference = differenceBetween(order, () => foldOrder(logs.get(order.orderId) ?? []));
    return difference === null ? [] : [breach(`order ${order.orderId}: ${difference}`, order.customerId)];
  });
}

/** What differs, as JSON; null when nothing does. */
function differenceBetween(order: Order, fold: () => Order): string | null {
  try {
    const [table, log] = [visible(order), visible(fold())];
    return table === log ? null : `the table has ${table}, its log ${log}`;
  } catch (error) {
    return String(error);
  }
}

/** Messages that change nothing else leave no event, so that the log does not know the last one. */
const visible = ({ shipmentVersion: _, ...order }: Order): string =>
  JSON.stringify(
    Object.entries(order).sort(([a], [b]) => (a < b ? -1 : 1)),
    (_key, value: unknown) =>
      isRecord(value)
        ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
        : value,
  );

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

async function shipmentsUnlikeTheirLogs({ deliveries: db }: Databases): Promise<Breach[]> {
  const { rows } = await db.query<{ order_id: string; customer_id: string; log: unknown }>(
    `SELECT s.order_id, s.customer_id, e.payload AS log
       FROM shipments s
       LEFT JOIN LATERAL (
            SELECT payload, owner FROM events
             WHERE subject_id = s.order_id AND type = 'SHIPMENT_STATUS_CHANGED'
             ORDER BY version DESC LIMIT 1) e ON true
      WHERE e.payload IS NULL OR e.owner <> s.client_id
         OR (e.payload->>'status', e.payload->>'carrier', e.payload->>'tracking_number', (e.payload->>'attempts')::int,
             (e.payload->>'estimated_delivery')::timestamptz)
            IS DISTINCT FROM (s.status, s.carrier, s.tracking_number, s.attempts::int, s.estimated_delivery)`,
  );
  return rows.map(({ order_id: id, customer_id: key, log }) =>
    breach(`the shipment of ${id} is not as its log says: ${JSON.stringify(log)}`, key),
  );
}

const breach = (what: string, key: string): Breach => ({ invariant: 'I14 tables and logs agree', what, key });
