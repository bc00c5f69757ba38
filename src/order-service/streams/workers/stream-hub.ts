import { type FeedGone } from '../../../shared/event-log/event-feed';
import { type Logger } from '../../../shared/observability/logger';
import { createBackgroundLoop, type StepResult } from '../../../shared/runtime/background-loop';
import { type Component } from '../../../shared/runtime/lifecycle';
import { FeedTail, type PublicFeed } from './feed-tail';
import { type Subscription } from './subscriber';
import { type SubscribeRequest, Subscribers } from './subscribers';

export interface StreamHubOptions {
  feed: PublicFeed;
  logger: Logger;
  /** How many of the latest events are held in memory, at most. */
  mostRecent?: number;
  /** Called when the hub begins and ends to follow the feed; by default nothing happens. */
  onFollowing?: (isFollowing: boolean) => void;
  /** Called for each event of the tail with the time since it occurred, in seconds. */
  onLag?: (seconds: number) => void;
}

/**
 * Delivers the public events to any number of listeners in this process. One tail reads the feed for all of them, only while there are
 * listeners; a listener whose cursor is behind the tail is first brought up to it. Each listener receives every event behind its cursor that
 * it wants, once and in the order of the feed.
 */
export interface StreamHub extends Component {
  /**
   * Adds a listener. It receives nothing before the first `resume()` of its subscription.
   *
   * @returns the subscription, or the reason why the events behind the cursor cannot be read.
   * @throws AppError `unavailable` while the instance stops or the database does not answer.
   */
  subscribe(request: SubscribeRequest): Promise<Subscription | FeedGone>;
  /** There are new events in the feed. */
  nudge(): void;
  /** Ends all subscriptions with `shutdown` and accepts no more. */
  endAll(): void;
  /** One step of the tail, for tests. */
  runOnce(): Promise<StepResult>;
}

/** How often the tail looks for new events without a nudge, in milliseconds. */
const POLL_MS = 400;
const PACE = { idleMs: 2, busyMs: 15 };

export function createStreamHub(options: StreamHubOptions): StreamHub {
  const onOpen = (isOpen: boolean): void => {
    options.onFollowing?.(isOpen);
    if (isOpen) loop.nudge();
  };
  const tail = new FeedTail(options.feed, onOpen, options.mostRecent);
  const subscribers = new Subscribers({ ...options, tail });
  const loop = createBackgroundLoop({
    name: 'stream hub',
    step: () => subscribers.step(),
    idleMs: POLL_MS,
    paceMs: PACE,
    logger: options.logger,
  });
  return {
    ...loop,
    subscribe: (request) => subscribers.subscribe(request),
    endAll: () => subscribers.endAll(),
    async stop() {
      subscribers.endAll();
      await loop.stop();
    },
  };
}
