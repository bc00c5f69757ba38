import { commitOf } from '../support/commit-times';
import { type Databases } from './databases';

/**
 * The way of an order to its shipment, in milliseconds since 1970 by the clock of PostgreSQL: when the transactions committed. The
 * services' own clocks are shifted by faults, and a resent event has the time of its repeat.
 */
export interface Journey {
  orderId: string;
  placedAt: number;
  /** When its ORDER_CREATED was marked as sent; null when it was sent again. */
  sentAt: number | null;
  isResent: boolean;
  /** When the first message about it had its effect in the Delivery Service, which is its shipment; null when none had. */
  acceptedAt: number | null;
}

interface PlacedRow {
  order_id: string;
  placed_at: number;
  sent_at: number | null;
  is_resent: boolean;
  message_ids: string[];
}

/** Of all orders that exist. Idempotency records of orders and rows of the inbox are written once. */
export async function readJourneys({ orders, deliveries }: Databases): Promise<Journey[]> {
  const placed = await orders.query<PlacedRow>(
    `SELECT s.order_id, ${commitOf('s')} AS placed_at, coalesce(sent.resend, 0) > 0 AS is_resent,
            CASE WHEN sent.resend = 0 THEN ${commitOf('sent')} END AS sent_at,
            ARRAY(SELECT e.event_id FROM events e
                   WHERE e.subject_id = s.order_id AND e.type IN ('ORDER_CREATED', 'ORDER_CANCEL_REQUESTED'))::text[] AS message_ids
       FROM idempotency_records s
       JOIN events created ON created.subject_id = s.order_id AND created.version = 1
       LEFT JOIN LATERAL (
            SELECT p.xmin, p.resend FROM publications p WHERE p.seq = created.seq ORDER BY p.resend DESC LIMIT 1) sent ON true`,
  );
  const { rows: received } = await deliveries.query<{ message_id: string; received_at: number }>(
    `SELECT message_id, ${commitOf('i')} AS received_at FROM inbox i`,
  );
  const receivedAt = new Map(received.map((row) => [row.message_id, row.received_at]));
  return placed.rows.map((row) => {
    // A wish to be cancelled that comes first makes the shipment, too.
    const effects = row.message_ids.flatMap((id) => receivedAt.get(id) ?? []);
    return {
      orderId: row.order_id,
      placedAt: row.placed_at,
      sentAt: row.sent_at,
      isResent: row.is_resent,
      acceptedAt: effects.length > 0 ? Math.min(...effects) : null,
    };
  });
}
