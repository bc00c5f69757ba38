import { setTimeout as delay } from 'node:timers/promises';
import { type FeedCursor } from '../../../shared/event-log/feed-cursor';
import { type TaskQueue } from '../../../shared/runtime/task-queue';
import { type FedEvent } from '../../orders/use-cases/read-public-events';

/** The present state of an order with the cursor behind it; null: the owner (null: any) has no such order. */
export type ReadPresentState = (orderId: string, owner: string | null) => Promise<FedEvent | null>;

export interface PresentStateOptions {
  latestEvent: ReadPresentState;
  /** Whether the feed has, or will have, an event of the order behind the cursor. */
  hasEventsBehind(cursor: FeedCursor, orderId: string): Promise<boolean>;
  /** Limits the concurrent reads: after an outage all readers connect at once. */
  reads: TaskQueue;
}

/** How long, and how often, to wait for the position of the latest event, in milliseconds. */
const MAX_WAIT_MS = 1_000;
const WAIT_MS = 20;

/**
 * Reads present states. The latest event of an order has no position for some milliseconds after its commit; a reader that resumed behind the
 * cursor would receive it again. So the state is read again until its event is in the feed, for a second at most.
 */
export function presentStateReader({
  latestEvent,
  hasEventsBehind,
  reads,
}: PresentStateOptions): ReadPresentState {
  return async (orderId, owner) => {
    for (const deadline = performance.now() + MAX_WAIT_MS; ; await delay(WAIT_MS)) {
      const { latest, isComplete } = await reads(async () => {
        const found = await latestEvent(orderId, owner);
        return { latest: found, isComplete: !found || !(await hasEventsBehind(found.cursor, orderId)) };
      });
      if (isComplete || performance.now() > deadline) return latest;
    }
  };
}
