import { setTimeout as delay } from 'node:timers/promises';
import { PublicHealthError } from '../errors';
import { type Queryable } from '../postgres/queryable';
import { MOST_COUNTED, refusedEvents } from './refused-events';

const ANSWER_MS = 1_000;

/**
 * The health check of the outbox: throws while a queue refuses events, with how many and since when. Their orders wait; every request is
 * served. While the database gives no answer in time nothing is known, and the check of the database tells that.
 */
export async function checkOutbox(db: Queryable): Promise<void> {
  const unknown = delay(ANSWER_MS, null, { ref: false });
  const refused = await Promise.race([refusedEvents(db).catch(() => null), unknown]);
  if (!refused || refused.count === 0) return;
  const count = refused.count < MOST_COUNTED ? String(refused.count) : `${MOST_COUNTED} or more`;
  const age = Math.floor(refused.oldestAgeSeconds);
  throw new PublicHealthError(`events that the queue refuses: ${count}; the oldest happened ${age} s ago`);
}
