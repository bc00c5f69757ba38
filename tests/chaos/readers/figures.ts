import { missingOf } from './catch-up';
import { type OrderLog } from './order-logs';
import { type EventReader } from './reader';

/** The readers of a kind, and what they received. */
export interface ReaderFigures {
  kind: EventReader['kind'];
  readers: number;
  events: number;
  interruptions: number;
  /** Events that a reader had not received when the run ended, of all readers together. */
  missing: number;
}

export function figuresOf(
  readers: readonly EventReader[],
  logs: ReadonlyMap<string, OrderLog>,
): ReaderFigures[] {
  return (['stream', 'feed', 'webhook'] as const).map((kind) => {
    const found = readers.filter((reader) => reader.kind === kind);
    const sum = (count: (reader: EventReader) => number): number =>
      found.reduce((total, reader) => total + count(reader), 0);
    return {
      kind,
      readers: found.length,
      events: sum((reader) => reader.events().length),
      interruptions: sum((reader) => reader.interruptions()),
      missing: sum((reader) => missingOf(reader, logs)),
    };
  });
}
