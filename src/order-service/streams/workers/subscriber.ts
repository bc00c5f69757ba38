import { type FeedGone } from '../../../shared/event-log/event-feed';
import { type FeedCursor } from '../../../shared/event-log/feed-cursor';
import { coversProducts, type EventFilter, eventMatches, inOneShape } from '../../orders/domain/event-filter';
import { type FedEvent } from '../../orders/use-cases/read-public-events';
import { positionOf } from './recent-events';

/**
 * `gone`: the events behind the cursor of the subscription cannot be read; `shutdown`: the instance stops; `error`: an unexpected error,
 * which was logged.
 */
export type SubscriptionEnd = 'gone' | 'shutdown' | 'error';

/** A reader of the live feed. The hub calls its methods on the object itself, so that an instance of a class needs no closures. */
export interface Listener {
  /** Only the events of this owner; null: of all owners. */
  readonly owner: string | null;
  readonly filter: EventFilter;
  /**
   * Receives the next events, in the order of the feed, each once. The result false pauses the subscription after these events, until
   * {@link Subscription.resume}. Must not call `resume` itself.
   */
  onEvents(events: readonly FedEvent[]): boolean;
  /** The subscription has ended; `gone` gives the reason of `gone`. Not called after {@link Subscription.close}. */
  onEnd(reason: SubscriptionEnd, gone: FeedGone | null): void;
}

/** Receives events until it is closed or has ended. */
export interface Subscription {
  /** Where to resume: behind the last event that the listener received, or later when no event after that one concerns it. */
  cursor(): FeedCursor;
  /** Begins to deliver, or continues after a pause; otherwise without effect. */
  resume(): void;
  close(): void;
}

/**
 * `paused`: nothing is delivered; `catching_up`: events are read from the log or from the recent events; `live`: the tail delivers.
 */
export type SubscriberState = 'paused' | 'catching_up' | 'live' | 'closed';

/** The number of events that a listener receives at once, so that its buffer is checked in between. */
const SLICE = 16;

/** A listener with its place in the feed. */
export class Subscriber {
  state: SubscriberState = 'paused';
  /** The position of the cursor. */
  at: number;
  private readonly owner: string | null;
  private readonly filter: EventFilter;

  constructor(
    readonly listener: Listener,
    /** Behind the last event that the listener received or that does not concern it. */
    public cursor: FeedCursor,
  ) {
    this.at = positionOf(cursor);
    this.owner = listener.owner;
    this.filter = inOneShape(listener.filter);
  }

  moveTo(cursor: FeedCursor): void {
    const at = positionOf(cursor);
    if (at <= this.at) return;
    this.cursor = cursor;
    this.at = at;
  }

  /** Whether the listener must receive the event and has not received it. */
  wants(fed: FedEvent): boolean {
    const { owner } = this;
    return (
      positionOf(fed.cursor) > this.at &&
      (owner === null || owner === fed.owner) &&
      eventMatches(fed.event, this.filter)
    );
  }

  /**
   * Delivers events that the listener wants.
   *
   * @returns false when the listener did not take all of them: it is paused or closed now.
   */
  deliver(events: readonly FedEvent[]): boolean {
    for (let index = 0; index < events.length; index += SLICE) {
      const slice = events.slice(index, index + SLICE);
      for (const { cursor } of slice.slice(-1)) this.moveTo(cursor);
      const hasRoom = this.listener.onEvents(slice);
      if (this.isClosed) return false;
      if (hasRoom) continue;
      this.state = 'paused';
      return false;
    }
    return true;
  }

  /** Whether the listener can receive events of products or their stock. */
  get coversProducts(): boolean {
    return coversProducts(this.filter);
  }

  get isClosed(): boolean {
    return this.state === 'closed';
  }

  get isCatchingUp(): boolean {
    return this.state === 'catching_up';
  }
}
