import { checkOutbox } from '../shared/event-log/outbox-check';
import { PublicHealthError } from '../shared/errors';
import { type HealthChecks } from '../shared/http/health-checks';
import { type Database } from '../shared/postgres/database';
import { type Queryable } from '../shared/postgres/queryable';
import { type QueueAccess } from '../shared/queue/queue-access';
import { countFindings } from './fulfilment/use-cases/list-findings';
import { within } from '../shared/runtime/within';
import { type RedisConnection } from '../shared/redis/redis-client';

/** Nothing is known after that time, and the health check of the database says why. */
const ANSWER_MS = 1_000;

/** What the service depends on, and what operators must know of. */
export function healthChecks(
  { db }: Database,
  queues: QueueAccess,
  redis: RedisConnection | null,
): HealthChecks {
  return {
    postgres: { check: () => db.query('SELECT 1'), critical: true },
    ...(redis && { redis: { check: () => redis.check(), critical: false } }),
    sqs: { check: () => queues.check(), critical: false },
    outbox: { check: () => checkOutbox(db), critical: false },
    reconciliation: { check: () => refuseFindings(db), critical: false },
  };
}

/** @throws PublicHealthError that counts what does not fit, by kind. */
async function refuseFindings(db: Queryable): Promise<void> {
  const counts = [...((await within(ANSWER_MS, countFindings(db), () => null).catch(() => null)) ?? [])].map(
    ([kind, count]) => `${kind} ${String(count)}`,
  );
  if (counts.length > 0)
    throw new PublicHealthError(
      `orders that do not fit their shipments: ${counts.join(', ')}; see /reconciliation`,
    );
}
