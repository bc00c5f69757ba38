import { type RefusedEventResource } from '../../../src/shared/contracts/outbox';
import { duration, NOTHING, shortened, textTable } from '../text-table';

/** One line per refused event, with the id for retry and drop. */
export function refusedEventTable(events: readonly RefusedEventResource[], now: Date): string[] {
  const head = ['EVENT', 'ORDER', 'TYPE', 'QUEUE', 'TRIES', 'NEXT TRY', 'HELD', 'REASON'];
  const rows = events.map((event) => [
    event.event_id,
    event.subject_id,
    event.type,
    event.queue,
    String(event.attempts),
    until(new Date(event.next_attempt_at), now),
    String(event.held_events),
    shortened(event.last_error ?? NOTHING),
  ]);
  return textTable([head, ...rows]);
}

function until(time: Date, now: Date): string {
  const seconds = (time.getTime() - now.getTime()) / 1_000;
  return seconds < 1 ? 'now' : `in ${duration(seconds)}`;
}
