import { checkOutbox } from '../shared/event-log/outbox-check';
import { PublicHealthError } from '../shared/errors';
import { type HealthChecks } from '../shared/http/health-checks';
import { type Database } from '../shared/postgres/database';
import { answerInTime } from '../shared/postgres/answer-in-time';
import { type Queryable } from '../shared/postgres/queryable';
import { type QueueAccess } from '../shared/queue/queue-access';
import { countFindings } from './fulfilment/use-cases/list-findings';
import { type RedisConnection } from '../shared/redis/redis-client';

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
  const counts = [...((await answerInTime(countFindings(db))) ?? [])].map(
    ([kind, count]) => `${kind} ${String(count)}`,
  );
  if (counts.length > 0)
    throw new PublicHealthError(
      `orders that do not fit their shipments: ${counts.join(', ')}; see /reconciliation`,
    );
}
