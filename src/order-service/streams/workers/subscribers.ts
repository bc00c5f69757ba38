import { UNAVAILABLE } from '../../../shared/contracts/problem';
import { AppError, isRetryable, messageOf } from '../../../shared/errors';
import { type FeedGone } from '../../../shared/event-log/event-feed';
import { type FeedCursor } from '../../../shared/event-log/feed-cursor';
import { type Logger } from '../../../shared/observability/logger';
import { type StepResult } from '../../../shared/runtime/background-loop';
import { type EventPage, type FedEvent } from '../../orders/use-cases/read-public-events';
import { createFairQueue } from './fair-queue';
import { type FeedTail, type PublicFeed } from './feed-tail';
import { positionOf, type RecentEvents } from './recent-events';
import { type Listener, Subscriber, type Subscription, type SubscriptionEnd } from './subscriber';
import { SubscriberIndex } from './subscriber-index';

export interface SubscribersOptions {
  feed: PublicFeed;
  tail: FeedTail;
  logger: Logger;
  /** Called for each event of the tail with the time since it occurred, in seconds. */
  onLag?: ((seconds: number) => void) | undefined;
}

export interface SubscribeRequest {
  listener: Listener;
  /** Where to begin; null: behind the last event of the feed. */
  after: FeedCursor | null;
}

/** The maximum number of events that a listener that catches up reads at once. */
const BACKFILL_PAGE = 100;

/** How many listeners read from the database at the same time; the others wait. After an outage all of them come at once. */
const READS = { max: 3, maxPerOwner: 2 };

/** The pause while nobody listens, in milliseconds. */
const RESTING_MS = 60_000;

/** How long a listener waits before it reads again from a database that did not answer, in milliseconds. */
const RETRY_MS = 1_000;

/** A class instead of three functions per listener, because there are many listeners. */
class HubSubscription implements Subscription {
  constructor(
    private readonly subscribers: Subscribers,
    private readonly subscriber: Subscriber,
  ) {}

  cursor(): FeedCursor {
    return this.subscribers.cursorOf(this.subscriber);
  }

  resume(): void {
    this.subscribers.resume(this.subscriber);
  }

  close(): void {
    this.subscribers.close(this.subscriber);
  }
}

/** The subscriptions of a hub: each catches up with the tail, and then receives its events from the tail. */
export class Subscribers {
  private readonly subscribers = new Set<Subscriber>();
  private readonly live = new SubscriberIndex();
  /** The number of subscribers that can receive events of products or stock. The tail reads these only for them. */
  private ofProducts = 0;
  private readonly pages = createFairQueue(READS);
  /** A check is short; it does not wait for pages. */
  private readonly checks = createFairQueue(READS);
  private isEnding = false;

  constructor(private readonly options: SubscribersOptions) {}

  private get tail(): FeedTail {
    return this.options.tail;
  }

  async subscribe({ listener, after }: SubscribeRequest): Promise<Subscription | FeedGone> {
    if (this.isEnding) throw stopping();
    const tail = await this.tail.open();
    const start = after === null ? tail.cursor : await this.checked(tail, after, listener.owner);
    if ('gone' in start) return start;
    if (this.isEnding) throw stopping();
    const subscriber = new Subscriber(listener, start);
    this.subscribers.add(subscriber);
    if (subscriber.coversProducts) this.ofProducts += 1;
    return new HubSubscription(this, subscriber);
  }

  /** One step of the tail. */
  async step(): Promise<StepResult> {
    const tail = this.tail.current;
    if (!tail) return RESTING_MS;
    if (this.subscribers.size === 0 && this.tail.isUnused) {
      this.tail.close();
      return RESTING_MS;
    }
    const isWithProducts = this.ofProducts > 0;
    const page = await this.tail.read(tail, isWithProducts);
    if ('gone' in page) {
      this.tail.close();
      this.endEach('gone', page);
      return RESTING_MS;
    }
    // A subscriber that has joined since the read began may need the events that the page lacks.
    if (!isWithProducts && this.ofProducts > 0) return 'busy';
    this.deliver(tail, page, isWithProducts);
    return page.hasMore ? 'busy' : 'idle';
  }

  endAll(): void {
    this.isEnding = true;
    this.endEach('shutdown', null);
  }

  /** Delivers the next events of the tail to their listeners. Nothing can join or leave in between, because it is synchronous. */
  private deliver(tail: RecentEvents, { events, next }: EventPage, isWithProducts: boolean): void {
    const bySubscriber = new Map<Subscriber, FedEvent[]>();
    for (const fed of events) this.live.collect(fed, bySubscriber);
    tail.append(events, next, isWithProducts);
    const now = Date.now();
    for (const { event } of events) this.options.onLag?.((now - Date.parse(event.occurred_at)) / 1_000);
    for (const [subscriber, wanted] of bySubscriber) {
      if (!this.push(subscriber, wanted)) this.live.delete(subscriber);
    }
  }

  resume(subscriber: Subscriber): void {
    if (subscriber.state !== 'paused') return;
    subscriber.state = 'catching_up';
    void this.catchUp(subscriber);
  }

  /** Brings a listener up to the tail, which delivers from then on. */
  private async catchUp(subscriber: Subscriber): Promise<void> {
    try {
      while (subscriber.isCatchingUp) {
        const tail = await this.tail.open();
        if (!subscriber.isCatchingUp || this.join(subscriber, tail)) return;
        await this.pages(subscriber.listener.owner, () => this.backfill(subscriber));
      }
    } catch (error) {
      this.onReadFailure(subscriber, error);
    }
  }

  /**
   * Switches a listener to the tail in one synchronous step: it receives the events up to the end of the tail from memory, and later ones
   * from the tail. A cursor beyond the end of the tail is possible; then the tail's events up to that cursor are not delivered again.
   *
   * @returns false when the events behind the cursor are not in memory.
   */
  private join(subscriber: Subscriber, tail: RecentEvents): boolean {
    if (!tail.isCompleteBehind(subscriber.at, subscriber.coversProducts)) return false;
    const missed = tail.behind(subscriber.at).filter((fed) => subscriber.wants(fed));
    if (!this.push(subscriber, missed)) return true;
    subscriber.moveTo(tail.cursor);
    subscriber.state = 'live';
    this.live.add(subscriber);
    return true;
  }

  /** Reads one page for a listener. */
  private async backfill(subscriber: Subscriber): Promise<void> {
    if (!subscriber.isCatchingUp) return;
    const { owner, filter } = subscriber.listener;
    const page = await this.options.feed.read({
      after: subscriber.cursor,
      owner,
      filter,
      limit: BACKFILL_PAGE,
    });
    if (!subscriber.isCatchingUp) return;
    if ('gone' in page) return this.end(subscriber, 'gone', page);
    if (this.push(subscriber, page.events)) subscriber.moveTo(page.next);
  }

  private push(subscriber: Subscriber, events: readonly FedEvent[]): boolean {
    if (subscriber.isClosed) return false;
    try {
      return subscriber.deliver(events);
    } catch (error) {
      this.fail(subscriber, error);
      return false;
    }
  }

  private onReadFailure(subscriber: Subscriber, error: unknown): void {
    if (this.isEnding || subscriber.isClosed) return;
    if (!isRetryable(error)) return this.fail(subscriber, error);
    setTimeout(() => void this.catchUp(subscriber), RETRY_MS * (0.5 + Math.random())).unref();
  }

  private fail(subscriber: Subscriber, error: unknown): void {
    const { stack } = error as { stack?: string };
    this.options.logger.error('a stream has failed', { error: messageOf(error), stack });
    this.end(subscriber, 'error', null);
  }

  private async checked(
    tail: RecentEvents,
    after: FeedCursor,
    owner: string | null,
  ): Promise<FeedCursor | FeedGone> {
    return tail.hasCursor(after) ? after : this.checks(owner, () => this.options.feed.check(after));
  }

  cursorOf(subscriber: Subscriber): FeedCursor {
    const end = subscriber.state === 'live' ? this.tail.current?.cursor : undefined;
    return end && positionOf(end) > subscriber.at ? end : subscriber.cursor;
  }

  private endEach(reason: SubscriptionEnd, gone: FeedGone | null): void {
    for (const subscriber of [...this.subscribers]) this.end(subscriber, reason, gone);
  }

  private end(subscriber: Subscriber, reason: SubscriptionEnd, gone: FeedGone | null): void {
    if (this.close(subscriber)) subscriber.listener.onEnd(reason, gone);
  }

  close(subscriber: Subscriber): boolean {
    if (!this.subscribers.delete(subscriber)) return false;
    if (subscriber.coversProducts) this.ofProducts -= 1;
    if (subscriber.state === 'live') this.live.delete(subscriber);
    subscriber.cursor = this.cursorOf(subscriber);
    subscriber.state = 'closed';
    this.tail.use();
    return true;
  }
}

const stopping = (): AppError =>
  new AppError(UNAVAILABLE, 'this instance is stopping; connect again', { retryAfterSeconds: 1 });
