import { type DeadLetterResource, type QueueResource } from '../../../src/shared/contracts/queues';
import { duration, NOTHING, shortened, textTable } from '../text-table';

/** One line per queue. */
export function queueTable(queues: readonly QueueResource[]): string[] {
  const head = ['QUEUE', 'WAITING', 'IN FLIGHT', 'DELAYED', 'DEAD', 'OLDEST DEAD', 'OLDEST UNSENT'];
  const rows = queues.map((queue) => [
    queue.name,
    ...[queue.depth, queue.in_flight, queue.delayed, queue.dead_letters].map(String),
    duration(queue.oldest_dead_letter_age_seconds),
    duration(queue.oldest_unpublished_age_seconds),
  ]);
  return textTable([head, ...rows]);
}

/** One line per dead letter, with the id for redrive and drop. */
export function deadLetterTable(letters: readonly DeadLetterResource[]): string[] {
  const head = ['ID', 'ORDER', 'TYPE', 'FAILED AT', 'TRIES', 'REASON'];
  const rows = letters.map((letter) => [
    letter.envelope_id ?? letter.message_id,
    letter.order_id ?? NOTHING,
    letter.type ?? NOTHING,
    letter.failed_at ?? NOTHING,
    String(letter.receives),
    shortened(letter.reason ?? NOTHING),
  ]);
  return textTable([head, ...rows]);
}
