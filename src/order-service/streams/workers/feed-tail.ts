import { type FeedGone } from '../../../shared/event-log/event-feed';
import { type FeedCursor } from '../../../shared/event-log/feed-cursor';
import { createPageSizes } from '../../../shared/resilience/page-sizes';
import { createSingleFlight } from '../../../shared/runtime/single-flight';
import { type EventFilter } from '../../orders/domain/event-filter';
import { type EventPage, type PublicEventsRequest } from '../../orders/use-cases/read-public-events';
import { RecentEvents } from './recent-events';

/** The reads of the public feed that streams need. */
export interface PublicFeed {
  /** The cursor behind the last event. */
  latest(): Promise<FeedCursor>;
  /** Checks a cursor of an earlier session. */
  check(cursor: FeedCursor): Promise<FeedCursor | FeedGone>;
  /** `next` is behind the end of the feed when no event of the owner is left. */
  read(request: PublicEventsRequest): Promise<EventPage | FeedGone>;
}

/** The maximum number of events that the tail reads at once, and the number to which failures reduce it. */
const PAGE = 500;
const SMALLEST_PAGE = 20;

/** How long the tail continues after its last use, in milliseconds. */
const LINGER_MS = 5_000;

/** The end of the feed, as this process has read it. It is open only while it is used. */
export class FeedTail {
  private recent: RecentEvents | null = null;
  private readonly openOnce = createSingleFlight<RecentEvents>();
  private readonly pages = createPageSizes(SMALLEST_PAGE);
  private usedAt = 0;

  /** @param onOpen called when the tail is opened and closed. */
  constructor(
    private readonly feed: PublicFeed,
    private readonly onOpen: (isOpen: boolean) => void,
    private readonly mostRecent?: number,
  ) {}

  /** Null while it is closed. */
  get current(): RecentEvents | null {
    return this.recent;
  }

  get isUnused(): boolean {
    return performance.now() - this.usedAt > LINGER_MS;
  }

  /** Keeps the tail open for some seconds. */
  use(): void {
    this.usedAt = performance.now();
  }

  /** Begins behind the last event of the feed, unless it is open. */
  async open(): Promise<RecentEvents> {
    this.use();
    return this.recent ?? this.openOnce('tail', () => this.begin());
  }

  close(): void {
    this.recent = null;
    this.onOpen(false);
  }

  /** The next events of all owners, with or without those of products and stock, which are not added to the recent ones yet. */
  async read({ cursor }: RecentEvents, isWithProducts = true): Promise<EventPage | FeedGone> {
    const filter: EventFilter = isWithProducts ? {} : { topic: 'orders' };
    return this.pages({ key: 'tail', most: PAGE }, (limit) =>
      this.feed.read({ after: cursor, owner: null, limit, filter }),
    );
  }

  private async begin(): Promise<RecentEvents> {
    const recent = new RecentEvents(await this.feed.latest(), this.mostRecent);
    this.recent = recent;
    this.onOpen(true);
    return recent;
  }
}
