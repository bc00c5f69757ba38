import { messageOf } from '../../../shared/errors';
import { type EventSequencer } from '../../../shared/event-log/event-sequencer';
import { groupBy } from '../../../shared/group-by';
import { type Logger } from '../../../shared/observability/logger';
import { type Database } from '../../../shared/postgres/queryable';
import {
  type BackgroundLoop,
  createBackgroundLoop,
  type StepResult,
} from '../../../shared/runtime/background-loop';
import { type LoadBudget } from '../../../shared/runtime/load-budget';
import { type SettledDelivery, type TakenDelivery } from '../domain/delivery';
import { type FailedEndpoint } from '../domain/endpoint-health';
import { disableEndpoint } from '../use-cases/disable-endpoint';
import { createFanOut } from '../use-cases/fan-out-events';
import { dueEndpoints, onDeliveriesDue, settleDeliveries } from '../use-cases/settle-deliveries';
import { type AttemptRunner } from './attempt-runner';
import { type EndpointLanes, TAKEN_PER_REQUEST } from './endpoint-lanes';
import { type EventSender } from './event-sender';

export interface DeliveryLoopOptions {
  db: Database;
  sequencer: Pick<EventSequencer, 'onAdvanced'>;
  lanes: EndpointLanes;
  runner: AttemptRunner;
  sender: EventSender;
  perEndpoint: number;
  leaseMs: number;
  logger: Logger;
  /** Called with attempts that were settled. */
  onSettled: (settled: readonly SettledDelivery[]) => void;
}

export interface FanOutLoopOptions extends Pick<
  DeliveryLoopOptions,
  'db' | 'sequencer' | 'leaseMs' | 'logger'
> {
  lanes: Pick<EndpointLanes, 'room' | 'markMore'>;
  runner: Pick<AttemptRunner, 'start'>;
  sender: Pick<EventSender, 'remember'>;
  /** Limits the events by the load of the process. */
  budget: LoadBudget;
  /** Called when it has added deliveries that it did not take. */
  onMore: () => void;
}

/** How often to look for events of other processes, and for deliveries that have become due, in milliseconds. */
const POLL_MS = 1_000;

/** The minimum time between two settlements: attempts that end at the same time share a commit. The next event of an order waits for it. */
const PACE = { idleMs: 5, busyMs: 25 };

const MOST_SETTLED = 500;

/** Events that a page of the feed has at most. Most of the work is that of the events with an endpoint: the others cost nothing of the budget. */
const MOST_READ = 500;
const PAGE_COST = 2;

/** How long the fan-out waits for the budget of a busy process. */
const THROTTLED_MS = 50;

/** Adds events of the feed to the queues and starts their first attempts. */
export function createFanOutLoop(options: FanOutLoopOptions): BackgroundLoop {
  const { db, sequencer, lanes, runner, sender, leaseMs, logger, budget, onMore } = options;
  const fanOut = createFanOut(db);
  let isUsed = true;
  const loop = createBackgroundLoop({
    name: 'webhook fan-out',
    async step() {
      if (budget.available() === 0) return THROTTLED_MS;
      const takenAt = performance.now();
      const { taken, withMore, bodies, state, skipped } = await fanOut(
        { ...lanes.room(), leaseMs },
        MOST_READ,
      );
      for (const { eventId, error } of skipped)
        logger.error('an event cannot be presented and is not sent to webhooks', {
          event_id: eventId,
          error: messageOf(error),
        });
      budget.spend(PAGE_COST + bodies.size);
      sender.remember(bodies);
      lanes.markMore(withMore);
      runner.start(taken, takenAt);
      if (withMore.length > 0) onMore();
      isUsed = state !== 'waiting';
      return state === 'more' ? 'busy' : 'idle';
    },
    idleMs: POLL_MS,
    logger,
  });
  sequencer.onAdvanced(() => {
    if (isUsed) loop.nudge();
  });
  return loop;
}

/** Settles attempts that have ended, and starts the next ones. */
export function createDeliveryLoop(options: DeliveryLoopOptions): BackgroundLoop {
  const { db, lanes, runner, logger, onSettled } = options;
  let pollAt = 0;
  let isDue = true;

  async function step(): Promise<StepResult> {
    const settled = runner.takeEnded(MOST_SETTLED);
    try {
      if (isDue || performance.now() >= pollAt || settled.length === 0) {
        isDue = false;
        lanes.markMore(await dueEndpoints(db));
        lanes.prune();
        pollAt = performance.now() + POLL_MS;
      }
      await settle(options, settled);
    } catch (error) {
      runner.putBack(settled);
      throw error;
    }
    onSettled(settled);
    return runner.ended > 0 ? 0 : (lanes.waitForMarks() ?? 'idle');
  }

  const loop = createBackgroundLoop({
    name: 'webhook deliveries',
    step,
    idleMs: POLL_MS,
    paceMs: PACE,
    logger,
  });
  runner.onEnded(() => loop.nudge());
  onDeliveriesDue(db, () => {
    isDue = true;
    loop.nudge();
  });
  return loop;
}

async function settle(options: DeliveryLoopOptions, settled: readonly SettledDelivery[]): Promise<void> {
  const { db, lanes, runner, perEndpoint, leaseMs } = options;
  const takenAt = performance.now();
  const room = lanes.takeMarks();
  const { taken, withMore, failed } = await settleDeliveries(db, {
    settled,
    takesNext: freePlaces(lanes, room),
    take: { room, total: lanes.room().total, mostPerEndpoint: perEndpoint * TAKEN_PER_REQUEST, leaseMs },
    stretch: 0.8 + 0.4 * Math.random(),
  });
  lanes.markMore([...withMore, ...exhausted(room, taken)]);
  runner.start(taken, takenAt);
  for (const endpoint of failed) await disable(options, endpoint);
}

/** Whether an endpoint has a place for one more delivery, beyond those for its due deliveries. */
function freePlaces(
  lanes: EndpointLanes,
  room: ReadonlyMap<string, number>,
): (finished: SettledDelivery) => boolean {
  const left = new Map<string, number>();
  return ({ endpointId }) => {
    const free = left.get(endpointId) ?? lanes.roomOf(endpointId) - (room.get(endpointId) ?? 0);
    left.set(endpointId, free - 1);
    return free > 0;
  };
}

/** Endpoints of which as many deliveries were taken as there was room for. */
function exhausted(room: ReadonlyMap<string, number>, taken: readonly TakenDelivery[]): string[] {
  const counts = groupBy(taken, ({ endpointId }) => endpointId);
  return [...room].filter(([id, most]) => (counts.get(id)?.length ?? 0) >= most).map(([id]) => id);
}

/** When it fails, the next failure of the endpoint disables it. */
async function disable({ db, logger }: DeliveryLoopOptions, failed: FailedEndpoint): Promise<void> {
  const { endpointId, reason } = failed;
  try {
    if (await disableEndpoint(db, failed))
      logger.warn('a webhook endpoint was disabled', { endpoint_id: endpointId, reason });
  } catch (error) {
    logger.warn('a webhook endpoint could not be disabled', {
      endpoint_id: endpointId,
      error: messageOf(error),
    });
  }
}
