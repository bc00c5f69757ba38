import { type FeedCursor } from '../../../shared/event-log/feed-cursor';
import { type FedEvent } from '../../orders/use-cases/read-public-events';
import { eventText } from './event-text';

/** The position of a cursor as a number, which is exact up to 2^53. */
export const positionOf = ({ position }: FeedCursor): number => Number(position);

/** Limits of the events that are held. When one is exceeded, the later events up to the half of each limit are kept. */
const MOST_EVENTS = 8_000;
/** In characters of their JSON. An event also has its object and its frame in memory, about four times as much in total. */
const MOST_CHARACTERS = 16_000_000;

/**
 * The latest public events of all owners, up to the end of the tail, in the order of the feed. A reader whose cursor is among them joins the tail
 * without a read from the database.
 */
export class RecentEvents {
  private events: FedEvent[] = [];
  private characters = 0;
  /** Behind this cursor the events of orders are complete. */
  private start: FeedCursor;
  /** Behind this cursor and `start` those of products and stock are complete too. */
  private productsStart: FeedCursor;

  /** @param end the cursor behind the last event that the tail has read. */
  constructor(
    private end: FeedCursor,
    private readonly mostEvents = MOST_EVENTS,
    private readonly mostCharacters = MOST_CHARACTERS,
  ) {
    this.start = end;
    this.productsStart = end;
  }

  get cursor(): FeedCursor {
    return this.end;
  }

  /** Adds the next events of the feed, with or without those of products and stock. */
  append(events: readonly FedEvent[], end: FeedCursor, isWithProducts = true): void {
    if (!isWithProducts) this.productsStart = end;
    for (const fed of events) {
      this.events.push(fed);
      this.characters += eventText(fed).length;
    }
    this.end = end;
    if (this.events.length > this.mostEvents || this.characters > this.mostCharacters) this.shrink();
  }

  /** Drops the earliest events. */
  private shrink(): void {
    const { events, mostEvents, mostCharacters } = this;
    let dropped = 0;
    while (events.length - dropped > mostEvents / 2 || this.characters > mostCharacters / 2) {
      const fed = events[dropped];
      if (!fed) break;
      this.characters -= eventText(fed).length;
      this.start = fed.cursor;
      dropped += 1;
    }
    this.events = events.slice(dropped);
  }

  /** Whether all events behind a position are here, those of products and stock only if they are needed. */
  isCompleteBehind(position: number, needsProducts = true): boolean {
    if (needsProducts && position < positionOf(this.productsStart)) return false;
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
