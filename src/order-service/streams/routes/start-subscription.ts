import { type FeedCursor } from '../../../shared/event-log/feed-cursor';
import { eventMatches } from '../../orders/domain/event-filter';
import { eventsGone } from '../../orders/use-cases/event-cursors';
import { orderNotFound } from '../../orders/use-cases/get-order';
import { type FedEvent } from '../../orders/use-cases/read-public-events';
import { type ReadPresentState } from '../workers/present-state';
import { type StreamHub } from '../workers/stream-hub';
import { type Listener, type Subscription } from '../workers/subscriber';

export interface StartedSubscription {
  /** Delivers nothing before its first `resume()`. */
  subscription: Subscription;
  /** The present state of the order, which comes before the events of the subscription; null: none. */
  first: FedEvent | null;
}

/**
 * Adds a listener behind a cursor. Without a cursor, a listener of one order begins with its present state, any other one with the next
 * event.
 *
 * @throws AppError `not_found` for an order that the owner does not have; `gone` with the earliest cursor; `unavailable`.
 */
export type StartSubscription = (
  listener: Listener,
  after: FeedCursor | null,
) => Promise<StartedSubscription>;

export interface StartSubscriptionDependencies {
  hub: Pick<StreamHub, 'subscribe'>;
  presentState: ReadPresentState;
}

export function createStartSubscription(deps: StartSubscriptionDependencies): StartSubscription {
  return async (listener, after) => {
    const present = await requirePresentState(deps, listener);
    const subscription = await deps.hub.subscribe({ listener, after: after ?? present?.cursor ?? null });
    if ('gone' in subscription) throw eventsGone(subscription);
    const isFirst = after === null && present !== null && eventMatches(present.event, listener.filter);
    return { subscription, first: isFirst ? present : null };
  };
}

/** The present state of the order that a listener names; null when it names none. */
async function requirePresentState(
  { presentState }: StartSubscriptionDependencies,
  { owner, filter: { orderId } }: Listener,
): Promise<FedEvent | null> {
  if (orderId === undefined) return null;
  const present = await presentState(orderId, owner);
  if (!present) throw orderNotFound();
  return present;
}
