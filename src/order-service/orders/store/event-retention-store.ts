import { batchPruning, type PruneBatch } from '../../../shared/event-log/prune-events';
import { type Queryable } from '../../../shared/postgres/queryable';

/**
 * Prunes the events of orders that ended. Each order's latest event that names its shipment is kept: it is the last known view of that
 * shipment. Versions go on from the order, not from its events.
 */
export const orderEventPruning = (db: Queryable): PruneBatch =>
  batchPruning(db, {
    subjects: 'orders',
    condition: `e.type NOT IN ('ORDER_STATUS_CHANGED', 'ORDER_SHIPPING_CHANGED')
                OR EXISTS (
                     SELECT FROM events later
                      WHERE later.order_id = e.order_id AND later.version > e.version
                        AND later.type IN ('ORDER_STATUS_CHANGED', 'ORDER_SHIPPING_CHANGED'))`,
  });
