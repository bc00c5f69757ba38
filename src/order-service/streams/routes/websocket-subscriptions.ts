import { INTERNAL_ERROR } from '../../../shared/contracts/problem';
import { type ClientMessage, type SubscribeMessage } from '../../../shared/contracts/websocket-messages';
import { AppError } from '../../../shared/errors';
import { type FeedGone } from '../../../shared/event-log/event-feed';
import { encodeFeedCursor } from '../../../shared/event-log/feed-cursor';
import { eventCursor, eventsGone } from '../../orders/use-cases/event-cursors';
import { type EventFilter } from '../../orders/domain/event-filter';
import { type FedEvent } from '../../orders/use-cases/read-public-events';
import {
  SUBSCRIPTION_EXISTS,
  SUBSCRIPTION_NOT_FOUND,
  TOO_MANY_SUBSCRIPTIONS,
} from '../domain/websocket-problems';
import { type Listener, type Subscription, type SubscriptionEnd } from '../workers/subscriber';
import { type StartSubscription } from './start-subscription';
import { eventMessageText, messageText } from './websocket-text';

export interface SubscriptionsOptions {
  start: StartSubscription;
  /** The owner whose events the connection may see; null: all. */
  visibleOwner: string | null;
  max: number;
  /** Sends a text to the client. */
  send(text: string): void;
  /** Whether the client has read so much that it can receive more events. */
  hasRoom(): boolean;
  /** Called with the number of events that were sent. */
  onDelivered(events: number): void;
  /** A subscription has ended, because its events cannot be read any more. */
  onFailure(id: string, error: AppError): void;
  /** The instance stops. */
  onStop(): void;
}

/** The subscriptions of a connection. */
export class Subscriptions {
  private readonly open = new Map<string, Subscription>();
  private isClosed = false;

  constructor(readonly options: SubscriptionsOptions) {}

  /** @throws AppError the reason why the message is refused. */
  async handle(message: ClientMessage): Promise<void> {
    if (message.action === 'subscribe') await this.subscribe(message);
    else this.unsubscribe(message.id);
  }

  has(id: string | null): boolean {
    return id !== null && this.open.has(id);
  }

  /** Where to continue each subscription. */
  cursors(): Record<string, string> {
    return Object.fromEntries([...this.open].map(([id, subscription]) => [id, cursorText(subscription)]));
  }

  /** Continues the subscriptions that are paused. */
  resumeAll(): void {
    for (const subscription of this.open.values()) subscription.resume();
  }

  closeAll(): void {
    this.isClosed = true;
    for (const subscription of this.open.values()) subscription.close();
    this.open.clear();
  }

  /** Removes a subscription whose events cannot be read any more. */
  fail(id: string, error: AppError): void {
    if (this.open.delete(id)) this.options.onFailure(id, error);
  }

  private async subscribe(message: SubscribeMessage): Promise<void> {
    const { start, max, send, hasRoom } = this.options;
    const { id, after } = message;
    if (this.open.has(id)) throw new AppError(SUBSCRIPTION_EXISTS, SUBSCRIPTION_EXISTS.detail);
    if (this.open.size >= max)
      throw new AppError(TOO_MANY_SUBSCRIPTIONS, `the connection already has ${max} subscriptions`);
    const listener = new SubscriptionListener(id, filterOf(message), this);
    const { subscription, first } = await start(
      listener,
      after === undefined ? null : eventCursor(after, 'after'),
    );
    if (this.isClosed) return subscription.close();
    if (listener.failure) throw listener.failure;
    this.open.set(id, subscription);
    // The client could resume behind the cursor without the present state, when the connection ends in between.
    send(messageText({ kind: 'subscribed', id, cursor: first ? undefined : cursorText(subscription) }));
    if (first) listener.onEvents([first]);
    if (hasRoom()) subscription.resume();
  }

  private unsubscribe(id: string): void {
    const subscription = this.open.get(id);
    if (!subscription) throw new AppError(SUBSCRIPTION_NOT_FOUND, SUBSCRIPTION_NOT_FOUND.detail);
    subscription.close();
    this.open.delete(id);
    this.options.send(messageText({ kind: 'unsubscribed', id, cursor: cursorText(subscription) }));
  }
}

/** Sends the events of one subscription. */
class SubscriptionListener implements Listener {
  /** Why the subscription has ended. */
  failure: AppError | null = null;
  readonly owner: string | null;
  /** The version that the reader of one order has received. Its present state can be ahead of the feed, which then repeats older events. */
  private lastVersion = 0;

  constructor(
    private readonly id: string,
    readonly filter: EventFilter,
    private readonly subscriptions: Subscriptions,
  ) {
    this.owner = subscriptions.options.visibleOwner;
  }

  onEvents(events: readonly FedEvent[]): boolean {
    const { send, hasRoom, onDelivered } = this.subscriptions.options;
    let sent = 0;
    for (const fed of events) {
      const { version } = fed.event;
      if (this.filter.orderId !== undefined && version <= this.lastVersion) continue;
      this.lastVersion = version;
      send(eventMessageText(this.id, fed));
      sent += 1;
    }
    onDelivered(sent);
    return hasRoom();
  }

  onEnd(reason: SubscriptionEnd, gone: FeedGone | null): void {
    if (reason === 'shutdown') return this.subscriptions.options.onStop();
    this.failure = gone ? eventsGone(gone) : new AppError(INTERNAL_ERROR, INTERNAL_ERROR.detail);
    this.subscriptions.fail(this.id, this.failure);
  }
}

const filterOf = (message: SubscribeMessage): EventFilter => ({
  topic: message.topic,
  types: message.types,
  orderId: message.order_id,
  customerId: message.customer_id,
  status: message.status,
  productId: message.product_id,
});

const cursorText = (subscription: Subscription): string => encodeFeedCursor(subscription.cursor());
