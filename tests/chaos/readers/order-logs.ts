import { type OrderLogs } from '../../support/seen-versions';
import { type Databases } from '../databases';
import { productSubject, stockSubject } from './event-text';
import { type EventReader, type EventTopic } from './reader';

/** The event log of an order, of a product, or of its stock. */
export interface OrderLog {
  topic: EventTopic;
  owner: string;
  /** By which the history of the load knows the order; null for products and stock. */
  customerId: string | null;
  eventIds: string[];
}

interface LogRow {
  order_id: string;
  client_id: string;
  customer_id: string;
  event_ids: string[];
}

interface CatalogueLogRow {
  subject_type: 'product' | 'stock';
  product_id: string;
  owner: string;
  event_ids: string[];
}

/** All logs, by order and by the subjects of products. */
export async function readOrderLogs({ orders: db }: Databases): Promise<Map<string, OrderLog>> {
  const { rows } = await db.query<LogRow>(
    `SELECT o.order_id, o.client_id, o.customer_id, array_agg(e.event_id::text ORDER BY e.version) AS event_ids
       FROM orders o JOIN events e ON e.subject_id = o.order_id
      WHERE e.subject_type = 'order'
      GROUP BY o.order_id`,
  );
  const { rows: ofProducts } = await db.query<CatalogueLogRow>(
    `SELECT e.subject_type, e.owner, coalesce(s.product_id, e.subject_id) AS product_id,
            array_agg(e.event_id::text ORDER BY e.version) AS event_ids
       FROM events e LEFT JOIN stock s ON s.stock_id = e.subject_id
      WHERE e.subject_type IN ('product', 'stock')
      GROUP BY e.subject_type, e.owner, e.subject_id, s.product_id`,
  );
  return new Map([
    ...rows.map((row): [string, OrderLog] => [
      row.order_id,
      { topic: 'orders', owner: row.client_id, customerId: row.customer_id, eventIds: row.event_ids },
    ]),
    ...ofProducts.map(
      ({ subject_type: type, product_id: id, owner, event_ids: eventIds }): [string, OrderLog] => [
        type === 'stock' ? stockSubject(id) : productSubject(id),
        { topic: 'products', owner, customerId: null, eventIds },
      ],
    ),
  ]);
}

/** The logs of what a reader must receive. */
export function logsFor(
  { owner, orderId, topics }: EventReader,
  all: ReadonlyMap<string, OrderLog>,
): OrderLogs {
  const wanted = [...all].filter(([id, log]) =>
    orderId === null ? log.owner === owner && topics.includes(log.topic) : id === orderId,
  );
  return new Map(wanted.map(([id, { eventIds }]) => [id, eventIds]));
}
