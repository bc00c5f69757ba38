import { groupBy } from '../../../shared/group-by';
import { type Database } from '../../../shared/postgres/queryable';
import {
  endpointsWithAttempts,
  expireDeliveries,
  pruneAttempts,
  pruneNoticesAndReplays,
  pruneOrphans,
} from '../store/delivery-pruning-store';
import { lockFanOut } from '../store/fan-out-store';
import { arrangeSubjects } from '../store/queue-order-store';

export interface DeliveryRetention {
  /** How long attempts are kept. */
  days: number;
  /** The maximum number of attempts that are kept for an endpoint. */
  kept: number;
}

/** Functions that remove expired rows of webhook deliveries, some at a time; each returns how many. */
export function deliveryPruning(db: Database, retention: DeliveryRetention): (() => Promise<number>)[] {
  return [
    async () => {
      let removed = 0;
      for (const endpointId of await endpointsWithAttempts(db))
        removed += await pruneAttempts(db, endpointId, retention);
      return removed;
    },
    () => pruneOrphans(db),
    () => expire(db, retention.days),
    () => pruneNoticesAndReplays(db, retention.days),
  ];
}

async function expire(db: Database, days: number): Promise<number> {
  return db.transaction(async (tx) => {
    await lockFanOut(tx);
    const expired = await expireDeliveries(tx, days);
    for (const [endpointId, subjects] of groupBy(expired, (one) => one.endpointId)) {
      const subjectIds = [...new Set(subjects.map(({ subjectId }) => subjectId))];
      arrangeSubjects(tx, { endpointId, subjectIds }, { isNow: false });
    }
    return expired.length;
  });
}
