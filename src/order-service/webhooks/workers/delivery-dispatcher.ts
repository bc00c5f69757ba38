import { type EventSequencer } from '../../../shared/event-log/event-sequencer';
import { messageOf } from '../../../shared/errors';
import { type Logger } from '../../../shared/observability/logger';
import { type Database } from '../../../shared/postgres/queryable';
import { type BackgroundLoop } from '../../../shared/runtime/background-loop';
import { createLoadBudget } from '../../../shared/runtime/load-budget';
import { type Component } from '../../../shared/runtime/lifecycle';
import { type SettledDelivery } from '../domain/delivery';
import { type SecretSealing } from '../domain/sealed-secret';
import { type WebhookSender } from '../http-sender';
import { type AttemptRunner, createAttemptRunner } from './attempt-runner';
import { createBacklogLoop } from './backlog-loop';
import { createDeliveryLoop, createFanOutLoop } from './delivery-loops';
import { createEndpointLanes, type LaneLimits } from './endpoint-lanes';
import { createEventSender } from './event-sender';

export interface DeliveryDispatcherOptions {
  db: Database;
  sequencer: Pick<EventSequencer, 'onAdvanced'>;
  sender: WebhookSender;
  sealing: Pick<SecretSealing, 'open'>;
  limits: LaneLimits;
  /** The time limit of the sender for one request. */
  timeLimitMs: number;
  /** How long running requests may continue when the process stops. */
  stopGraceMs: number;
  logger: Logger;
  onSettled: (settled: readonly SettledDelivery[]) => void;
}

/** Delivers events to the endpoints of clients; several processes share the work. */
export interface DeliveryDispatcher extends Component {
  fanOut: BackgroundLoop;
  deliveries: BackgroundLoop;
  /** Resolves when no request runs, for tests. */
  whenIdle(): Promise<void>;
}

/** A lease exceeds the time limit of a request by this time, so that a request that began at once has ended before its lease. */
const LEASE_MARGIN_MS = 5_000;
/** Of the margin, for the settlement. */
const SETTLE_MARGIN_MS = 1_000;

/**
 * Deliveries, and events that are added to queues, per second and process. While requests occupy the process, webhooks are left about a sixth
 * of its time; the feed keeps the events until later. With fewer, the events of 50 orders a second came faster than they were sent.
 */
const DELIVERIES = { idlePerSecond: 4_000, busyPerSecond: 300 };
const EVENTS = { idlePerSecond: 8_000, busyPerSecond: 600 };

export function createDeliveryDispatcher(options: DeliveryDispatcherOptions): DeliveryDispatcher {
  const { limits, timeLimitMs, logger } = options;
  const events = createLoadBudget(EVENTS);
  const lanes = createEndpointLanes({ ...limits, budget: createLoadBudget(DELIVERIES) });
  const sender = createEventSender(options);
  const startWithinMs = LEASE_MARGIN_MS - SETTLE_MARGIN_MS;
  const runner = createAttemptRunner({ lanes, sender, startWithinMs, logger });
  const loopOptions = {
    ...options,
    lanes,
    runner,
    sender,
    perEndpoint: limits.perEndpoint,
    leaseMs: timeLimitMs + LEASE_MARGIN_MS,
  };
  const deliveries = createDeliveryLoop(loopOptions);
  const fanOut = createFanOutLoop({ ...loopOptions, budget: events, onMore: () => deliveries.nudge() });
  const backlog = createBacklogLoop({ db: options.db, logger, budget: events });
  let stopped: Promise<void> | null = null;

  async function stop(): Promise<void> {
    lanes.stopTaking();
    await Promise.all([fanOut.stop(), deliveries.stop(), backlog.stop()]);
    await runner.finish(options.stopGraceMs);
    await settleRest(deliveries, runner, logger);
    lanes.close();
    await options.sender.close();
  }

  return {
    name: 'webhook deliveries',
    fanOut,
    deliveries,
    whenIdle: () => runner.finish(2 ** 30),
    async start() {
      await fanOut.start();
      await deliveries.start();
      await backlog.start();
    },
    stop: () => (stopped ??= stop()),
  };
}

/** What cannot be settled is sent again after its lease. */
async function settleRest(deliveries: BackgroundLoop, runner: AttemptRunner, logger: Logger): Promise<void> {
  try {
    while (runner.ended > 0) await deliveries.runOnce();
  } catch (error) {
    logger.warn('attempts of webhooks could not be settled and will be repeated', {
      attempts: runner.ended,
      error: messageOf(error),
    });
  }
}
