import { groupBy } from '../../../shared/group-by';
import { type Database } from '../../../shared/postgres/queryable';
import {
  type AttemptPlace,
  endpointsWithAttempts,
  expiredSubjects,
  expireDeliveries,
  FIRST_PLACE,
  pruneAttempts,
  pruneNoticesAndReplays,
  pruneOrphans,
} from '../store/delivery-pruning-store';
import { lockFanOut } from '../store/fan-out-store';
import { arrangeSubjects, lockSubjects } from '../store/queue-order-store';

export interface DeliveryRetention {
  /** How long attempts are kept. */
  days: number;
  /** The maximum number of attempts that are kept for an endpoint. */
  kept: number;
}

/** Functions that remove expired rows of webhook deliveries, some at a time; each returns how many. */
export function deliveryPruning(db: Database, retention: DeliveryRetention): (() => Promise<number>)[] {
  return [
    attemptPruning(db, retention),
    () => pruneOrphans(db),
    () => expire(db, retention.days),
    () => pruneNoticesAndReplays(db, retention.days),
  ];
}

/** The maximum number of consecutive batches of an endpoint in which nothing is removed. */
const MAX_EMPTY_BATCHES = 5;

/** Attempts that are kept, such as those of replayed events, do not hide later ones: each call goes on behind the last one checked. */
function attemptPruning(db: Database, retention: DeliveryRetention): () => Promise<number> {
  const places = new Map<string, AttemptPlace>();

  async function pruneOf(endpointId: string): Promise<number> {
    for (let batch = 0; batch < MAX_EMPTY_BATCHES; batch += 1) {
      const after = places.get(endpointId) ?? FIRST_PLACE;
      const { removed, last } = await pruneAttempts(db, endpointId, retention, after);
      if (last === null) places.delete(endpointId);
      else places.set(endpointId, last);
      if (last === null || removed > 0) return removed;
    }
    return 0;
  }

  return async () => {
    let removed = 0;
    for (const endpointId of await endpointsWithAttempts(db)) removed += await pruneOf(endpointId);
    return removed;
  };
}

/** A settlement makes the next delivery of a subject due, and must not choose one that is just being removed: the subjects are locked before. */
async function expire(db: Database, days: number): Promise<number> {
  return db.transaction(async (tx) => {
    await lockFanOut(tx);
    const expired = groupBy(await expiredSubjects(tx, days), ({ endpointId }) => endpointId);
    const subjects = [...expired].map(([endpointId, ofEndpoint]) => ({
      endpointId,
      subjectIds: ofEndpoint.map(({ subjectId }) => subjectId),
    }));
    for (const one of subjects) lockSubjects(tx, one);
    let removed = 0;
    for (const one of subjects) {
      removed += await expireDeliveries(tx, days, one);
      arrangeSubjects(tx, one, { isNow: false });
    }
    return removed;
  });
}
