import { type Database, type Queryable, type Transaction } from '../../../shared/postgres/queryable';
import { declareCrashPoint } from '../../../shared/resilience/crash-point';
import { type SettledDelivery, type TakenDelivery } from '../domain/delivery';
import { type FailedEndpoint, healthChanges } from '../domain/endpoint-health';
import { applyHealthChanges } from '../store/endpoint-health-store';
import { WEBHOOKS_DUE } from '../store/queue-order-store';
import { endpointsWithDue, takeDue, type TakeRequest } from '../store/queue-take-store';
import { type FinishedSubject, recordAttempts, takeNext } from '../store/settlement-store';

const crashBeforeSettling = declareCrashPoint('webhooks.before-settling');
const crashAfterSettling = declareCrashPoint('webhooks.after-settling');

export interface Settling {
  settled: readonly SettledDelivery[];
  /** Whether the process sends the next delivery of a subject whose delivery has ended. */
  takesNext: (finished: SettledDelivery) => boolean;
  /** Endpoints from which the process takes due deliveries. */
  take: Omit<TakeRequest, 'isLast'>;
  /** From 0.8 to 1.2, for the pauses of endpoints. */
  stretch: number;
}

export interface Settled {
  taken: TakenDelivery[];
  /** Endpoints with deliveries that have become due and were not taken. */
  withMore: string[];
  /** Endpoints that have to be disabled. */
  failed: FailedEndpoint[];
}

const NOTHING: Settled = { taken: [], withMore: [], failed: [] };

/** Records ended attempts and takes the next deliveries, in one transaction and one round trip. */
export async function settleDeliveries(db: Database, settling: Settling): Promise<Settled> {
  const { settled, take } = settling;
  if (settled.length === 0 && take.room.size === 0) return NOTHING;
  if (settled.length > 0) crashBeforeSettling();
  // After a crash of the server, the last deliveries are repeated under the same ids.
  const outcome = await db.transaction((tx) => settleIn(tx, settling), { commit: 'asynchronous' });
  if (settled.length > 0) crashAfterSettling();
  return outcome;
}

async function settleIn(tx: Transaction, { settled, takesNext, take, stretch }: Settling): Promise<Settled> {
  if (settled.length === 0) return { ...NOTHING, taken: await takeDue(tx, { ...take, isLast: true }) };
  const health = healthChanges(settled);
  // Endpoints are locked before their deliveries, as in all transactions that lock both.
  const changed = health.length > 0 ? applyHealthChanges(tx, health, stretch) : [];
  recordAttempts(tx, settled);
  const [failed, due, next] = await Promise.all([
    changed,
    take.room.size > 0 ? takeDue(tx, { ...take, isLast: false }) : [],
    takeNext(
      tx,
      settled.filter(hasFinished).map((one) => toSubject(one, takesNext(one))),
      take.leaseMs,
    ),
  ]);
  return { taken: [...due, ...next.taken], withMore: next.withMore, failed };
}

const hasFinished = ({ outcome }: SettledDelivery): boolean =>
  outcome === 'succeeded' || outcome === 'failed';

const toSubject = ({ endpointId, subjectId }: SettledDelivery, takes: boolean): FinishedSubject => ({
  endpointId,
  subjectId,
  takes,
});

/** The endpoints that have a due delivery, or one that was not settled in time, and are neither disabled nor paused. */
export function dueEndpoints(db: Queryable): Promise<string[]> {
  return endpointsWithDue(db);
}

/** Adds a listener for transactions of this process that made deliveries due. */
export function onDeliveriesDue(db: Database, listener: () => void): void {
  db.onCommitted(WEBHOOKS_DUE, listener);
}
