import { type OrderLogs } from '../../support/seen-versions';
import { type Databases } from '../databases';
import { type EventReader } from './reader';

/** The event log of an order. */
export interface OrderLog {
  owner: string;
  /** By which the history of the load knows the order. */
  customerId: string;
  eventIds: string[];
}

interface LogRow {
  order_id: string;
  client_id: string;
  customer_id: string;
  event_ids: string[];
}

/** The logs of all orders, by order. */
export async function readOrderLogs({ orders: db }: Databases): Promise<Map<string, OrderLog>> {
  const { rows } = await db.query<LogRow>(
    `SELECT o.order_id, o.client_id, o.customer_id, array_agg(e.event_id::text ORDER BY e.version) AS event_ids
       FROM orders o JOIN events e ON e.subject_id = o.order_id
      WHERE e.subject_type = 'order'
      GROUP BY o.order_id`,
  );
  return new Map(
    rows.map((row) => [
      row.order_id,
      { owner: row.client_id, customerId: row.customer_id, eventIds: row.event_ids },
    ]),
  );
}

/** The logs of the orders that a reader must receive. */
export function logsFor({ owner, orderId }: EventReader, all: ReadonlyMap<string, OrderLog>): OrderLogs {
  const wanted = [...all].filter(([id, log]) => (orderId === null ? log.owner === owner : id === orderId));
  return new Map(wanted.map(([id, { eventIds }]) => [id, eventIds]));
}
