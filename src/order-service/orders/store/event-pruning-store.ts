import { batchPruning, type PruneBatch } from '../../../shared/event-log/prune-events';
import { type Queryable } from '../../../shared/postgres/queryable';

const OF_CATALOGUE = "('product', 'stock')";

/**
 * Prunes the events of orders that ended. Each order's latest event that names its shipment is kept: it holds the last known state of the
 * shipment. New versions are counted from the order row, not from its events.
 *
 * The events of products and their stock, which have no end, are pruned by their own age: each contains the complete resource, and none is
 * needed to present another. The latest one of each subject is kept, whatever its age.
 */
export const publicEventPruning = (db: Queryable): PruneBatch =>
  batchPruning(db, {
    hasEnded: `CASE WHEN b.subject_type IN ${OF_CATALOGUE} THEN b.occurred_at < now() - make_interval(days => $2)
               ELSE EXISTS (
                     SELECT FROM orders o
                      WHERE o.order_id = b.subject_id AND o.status IN ('DELIVERED', 'RETURNED', 'CANCELLED')
                        AND o.updated_at < now() - make_interval(days => $2)) END`,
    condition: `CASE WHEN e.subject_type IN ${OF_CATALOGUE}
                     THEN EXISTS (SELECT FROM events later WHERE later.subject_id = e.subject_id AND later.version > e.version)
                ELSE e.type NOT IN ('ORDER_STATUS_CHANGED', 'ORDER_SHIPPING_CHANGED')
                  OR EXISTS (
                     SELECT FROM events later
                      WHERE later.subject_id = e.subject_id AND later.version > e.version
                        AND later.type IN ('ORDER_STATUS_CHANGED', 'ORDER_SHIPPING_CHANGED')) END`,
  });
