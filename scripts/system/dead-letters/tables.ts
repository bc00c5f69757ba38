import { type DeadLetterResource, type QueueResource } from '../../../src/shared/contracts/queues';

const LONGEST_REASON = 100;
const NOTHING = '-';

/** One line per queue. */
export function queueTable(queues: readonly QueueResource[]): string[] {
  const head = ['QUEUE', 'WAITING', 'IN FLIGHT', 'DELAYED', 'DEAD', 'OLDEST DEAD', 'OLDEST UNSENT'];
  const rows = queues.map((queue) => [
    queue.name,
    ...[queue.depth, queue.in_flight, queue.delayed, queue.dead_letters].map(String),
    age(queue.oldest_dead_letter_age_seconds),
    age(queue.oldest_unpublished_age_seconds),
  ]);
  return table([head, ...rows]);
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
  return table([head, ...rows]);
}

function table(rows: readonly (readonly string[])[]): string[] {
  const cells = rows.map((row) => row.map(printable));
  const widths = (cells[0] ?? []).map((_, column) =>
    Math.max(...cells.map((row) => row[column]?.length ?? 0)),
  );
  return cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** Message content is untrusted: control characters must not reach the terminal. */
const printable = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cf}]/gu, '?');

const shortened = (text: string): string =>
  text.length > LONGEST_REASON ? `${text.slice(0, LONGEST_REASON - 1)}…` : text;

function age(seconds: number | null): string {
  if (seconds === null) return NOTHING;
  if (seconds < 120) return `${String(Math.round(seconds))} s`;
  if (seconds < 7_200) return `${String(Math.round(seconds / 60))} min`;
  return `${String(Math.round(seconds / 3_600))} h`;
}
