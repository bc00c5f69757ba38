import { type ClientMessage, type SubscribeMessage } from '../../../shared/contracts/websocket-messages';
import { AppError } from '../../../shared/errors';
import { encodeFeedCursor } from '../../../shared/event-log/feed-cursor';
import { type FedEvent } from '../../orders/use-cases/read-public-events';
import {
  SUBSCRIPTION_EXISTS,
  SUBSCRIPTION_NOT_FOUND,
  TOO_MANY_SUBSCRIPTIONS,
} from '../domain/websocket-problems';
import { type Subscription } from '../workers/subscriber';
import { eventMessageText, messageText } from './websocket-text';

/** Receives the events of one subscription. */
export interface SubscriptionReader {
  /** The result false pauses the subscription until `resume()`. */
  onEvents(events: readonly FedEvent[]): boolean;
  /** The events behind the cursor cannot be read any more. */
  onFailure(error: AppError): void;
  /** The instance stops. */
  onShutdown(): void;
}

export interface StartedSubscription {
  /** Delivers nothing before its first `resume()`. */
  subscription: Subscription;
  /** The present state of the order, which comes before the events of the subscription; null: none. */
  first: FedEvent | null;
}

/** @throws AppError the reason why the subscription is refused. */
export type StartSubscription = (
  message: SubscribeMessage,
  visibleOwner: string | null,
  reader: SubscriptionReader,
) => Promise<StartedSubscription>;

export interface SubscriptionsOptions {
  start: StartSubscription;
  /** The owner whose orders the connection may see; null: all orders. */
  visibleOwner: string | null;
  max: number;
  /** Sends a text to the client. */
  send(text: string): void;
  /** Whether the client has read so much that it can receive more events. */
  hasRoom(): boolean;
  /** A subscription has ended, because its events cannot be read any more. */
  onFailure(id: string, error: AppError): void;
  onShutdown(): void;
}

/** The subscriptions of a connection. */
export class Subscriptions {
  private readonly open = new Map<string, Subscription>();
  private isClosed = false;

  constructor(private readonly options: SubscriptionsOptions) {}

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

  private async subscribe(message: SubscribeMessage): Promise<void> {
    const { start, visibleOwner, max, send, hasRoom } = this.options;
    const { id } = message;
    if (this.open.has(id)) throw new AppError(SUBSCRIPTION_EXISTS, SUBSCRIPTION_EXISTS.detail);
    if (this.open.size >= max)
      throw new AppError(TOO_MANY_SUBSCRIPTIONS, `the connection already has ${max} subscriptions`);
    let failure: AppError | null = null;
    const { subscription, first } = await start(message, visibleOwner, {
      onEvents: (events) => this.deliver(id, events),
      onFailure: (error) => {
        failure = error;
        if (this.open.delete(id)) this.options.onFailure(id, error);
      },
      onShutdown: () => this.options.onShutdown(),
    });
    if (this.isClosed) return subscription.close();
    if (failure) throw failure as AppError;
    this.open.set(id, subscription);
    send(messageText({ kind: 'subscribed', id, cursor: cursorText(subscription) }));
    if (first) send(eventMessageText(id, first));
    if (hasRoom()) subscription.resume();
  }

  private deliver(id: string, events: readonly FedEvent[]): boolean {
    for (const fed of events) this.options.send(eventMessageText(id, fed));
    return this.options.hasRoom();
  }

  private unsubscribe(id: string): void {
    const subscription = this.open.get(id);
    if (!subscription) throw new AppError(SUBSCRIPTION_NOT_FOUND, SUBSCRIPTION_NOT_FOUND.detail);
    subscription.close();
    this.open.delete(id);
    this.options.send(messageText({ kind: 'unsubscribed', id, cursor: cursorText(subscription) }));
  }
}

const cursorText = (subscription: Subscription): string => encodeFeedCursor(subscription.cursor());
