import { type FeedCursor } from '../../../shared/event-log/feed-cursor';
import { eventsGone } from '../../orders/use-cases/event-cursors';
import { orderNotFound } from '../../orders/use-cases/get-order';
import { type FedEvent } from '../../orders/use-cases/read-public-events';
import { type StreamHub } from '../workers/stream-hub';
import { concerns, type Listener, type Subscription } from '../workers/subscriber';

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
  /** The present state of an order, with the cursor behind it; null: the owner (null: any) has no such order. */
  latestEvent(orderId: string, owner: string | null): Promise<FedEvent | null>;
}

export function createStartSubscription(deps: StartSubscriptionDependencies): StartSubscription {
  return async (listener, after) => {
    const latest = await requireLatest(deps, listener);
    const subscription = await deps.hub.subscribe({ listener, after: after ?? latest?.cursor ?? null });
    if ('gone' in subscription) throw eventsGone(subscription);
    const isFirst = after === null && latest !== null && concerns(listener.filter, latest);
    return { subscription, first: isFirst ? latest : null };
  };
}

/** The present state of the order that a listener names; null when it names none. */
async function requireLatest(
  { latestEvent }: StartSubscriptionDependencies,
  { owner, filter: { orderId } }: Listener,
): Promise<FedEvent | null> {
  if (orderId === undefined) return null;
  const latest = await latestEvent(orderId, owner);
  if (!latest) throw orderNotFound();
  return latest;
}
