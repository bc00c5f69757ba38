import { type FeedCursor } from '../../../shared/event-log/feed-cursor';
import { type FedEvent } from '../../orders/use-cases/read-public-events';

/** The position of a cursor as a number, which is exact up to 2^53. */
export const positionOf = ({ position }: FeedCursor): number => Number(position);

/** When so many events are held, only the later half is kept. */
const MOST_EVENTS = 8_000;

/**
 * The latest public events of all owners, up to the end of the tail, in the order of the feed. A reader whose cursor is among them joins the tail
 * without a read from the database.
 */
export class RecentEvents {
  private events: FedEvent[] = [];
  /** Behind this cursor the events are complete. */
  private start: FeedCursor;

  /** @param end the cursor behind the last event that the tail has read. */
  constructor(
    private end: FeedCursor,
    private readonly mostEvents = MOST_EVENTS,
  ) {
    this.start = end;
  }

  get cursor(): FeedCursor {
    return this.end;
  }

  /** Adds the next events of the feed. */
  append(events: readonly FedEvent[], end: FeedCursor): void {
    for (const event of events) this.events.push(event);
    this.end = end;
    if (this.events.length <= this.mostEvents) return;
    const dropped = this.events.length - Math.floor(this.mostEvents / 2);
    this.start = this.events[dropped - 1]?.cursor ?? end;
    this.events = this.events.slice(dropped);
  }

  /** Whether all events behind a position are here. */
  isCompleteBehind(position: number): boolean {
    return position >= positionOf(this.start);
  }

  /** Whether the cursor is one of this feed: the end, or that of an event that is here. */
  hasCursor({ position, proof }: FeedCursor): boolean {
    const at = Number(position);
    const known = at === positionOf(this.end) ? this.end : this.events[this.indexBehind(at) - 1]?.cursor;
    return known !== undefined && known.position === position && known.proof === proof;
  }

  /** The events behind a position. */
  behind(position: number): FedEvent[] {
    return this.events.slice(this.indexBehind(position));
  }

  /** The index of the first event behind a position, by binary search. */
  private indexBehind(position: number): number {
    let [low, high] = [0, this.events.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const { cursor = this.end } = this.events[middle] ?? {};
      if (positionOf(cursor) > position) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
