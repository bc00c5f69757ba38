import { setTimeout as delay } from 'node:timers/promises';
import { type Databases } from '../databases';
import { logsFor, type OrderLog, readOrderLogs } from './order-logs';
import { type EventReader } from './reader';

const POLL_MS = 500;

/**
 * Waits until every reader has received every event; ends too when no reader has received anything for so long. The time does not depend
 * on the speed of the machine: it limits a standstill.
 *
 * @returns the logs that the readers must have received.
 */
export async function untilCaughtUp(
  readers: readonly EventReader[],
  databases: Databases,
  stalledAfterMs: number,
): Promise<Map<string, OrderLog>> {
  const logs = await readOrderLogs(databases);
  let best = Number.POSITIVE_INFINITY;
  let bestAt = performance.now();
  let behind = readers;
  for (;;) {
    await retryDeliveriesNow(databases);
    behind = behind.filter((reader) => missingOf(reader, logs) > 0);
    const missing = behind.reduce((sum, reader) => sum + missingOf(reader, logs), 0);
    if (missing < best) [best, bestAt] = [missing, performance.now()];
    if (missing === 0 || performance.now() - bestAt > stalledAfterMs) return logs;
    await delay(POLL_MS);
  }
}

/** The number of events that a reader has not received. */
export function missingOf(reader: EventReader, all: ReadonlyMap<string, OrderLog>): number {
  const received = new Set<string>();
  for (const { eventId, isAccepted } of reader.events()) if (isAccepted) received.add(eventId);
  const first = reader.orderId === null ? 1 : (reader.events()[0]?.version ?? 1);
  const wanted = [...logsFor(reader, all).values()].flatMap((eventIds) => eventIds.slice(first - 1));
  return wanted.filter((eventId) => !received.has(eventId)).length;
}

/** After several failures the next attempt is minutes away, longer than a run should wait for it. */
async function retryDeliveriesNow({ orders: db }: Databases): Promise<void> {
  await db.query(
    `UPDATE webhook_queue SET due_at = now()
      WHERE NOT is_taken AND due_at > now() + interval '7 seconds' AND due_at < 'infinity'`,
  );
  await db.query(
    `UPDATE webhook_endpoints SET paused_until = now() WHERE paused_until > now() + interval '7 seconds'`,
  );
}
