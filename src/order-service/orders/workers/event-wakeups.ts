import { type EventSequencer } from '../../../shared/event-log/event-sequencer';
import { type Logger } from '../../../shared/observability/logger';
import { type Database } from '../../../shared/postgres/queryable';
import { type BackgroundLoop, createBackgroundLoop } from '../../../shared/runtime/background-loop';
import { createEventWaiters, type EventWaiters } from '../use-cases/event-waiters';

export interface EventWakeupsOptions {
  db: Database;
  sequencer: Pick<EventSequencer, 'onAdvanced'>;
  logger: Logger;
}

/** The minimum time between steps: a busy feed is read in parts. */
const PACE = { idleMs: 10, busyMs: 100 };

/** How often to look for positions that other processes gave, in milliseconds. */
const POLL_MS = 500;

/** Wakes the requests of this process that wait for events. One reader looks for events for all of them. */
export interface EventWakeups extends BackgroundLoop, Pick<EventWaiters, 'wait'> {}

export function createEventWakeups({ db, sequencer, logger }: EventWakeupsOptions): EventWakeups {
  const waiters = createEventWaiters(db, () => loop.nudge());
  const loop = createBackgroundLoop({
    name: 'event wake-ups',
    async step() {
      const outcome = await waiters.step();
      if (outcome === 'more') return 'busy';
      return 'idle';
    },
    idleMs: POLL_MS,
    paceMs: PACE,
    logger,
  });
  sequencer.onAdvanced(() => loop.nudge());
  return {
    ...loop,
    wait: waiters.wait,
    stop() {
      waiters.end();
      return loop.stop();
    },
  };
}
