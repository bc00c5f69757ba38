import { messageOf } from '../errors';
import { type Logger } from '../observability/logger';
import { type Component } from './lifecycle';
import { createLoadPace, type PaceRange } from './load-pace';

/**
 * The result of a step, which sets the pause before the next one: `busy` none, `idle` the usual pause, a number that many ms, `throttled`
 * a short pause that no nudge ends.
 */
export type StepResult = 'busy' | 'idle' | 'throttled' | number;

export interface BackgroundLoopOptions {
  name: string;
  /** One unit of work. The signal is aborted when the loop is stopped; the step must then end soon, with nothing left half done. */
  step: (signal: AbortSignal) => Promise<StepResult>;
  /** The pause after an idle step, in milliseconds; {@link BackgroundLoop.nudge} ends it early. */
  idleMs: number;
  /**
   * The minimum time between the starts of two steps, in milliseconds, unless the step was `busy`; no nudge shortens it. A slow flow of
   * work is then done in batches. A range follows the load of the process; a function is called before each step. By default 0.
   */
  paceMs?: number | PaceRange | (() => number);
  logger: Logger;
}

export interface BackgroundLoop extends Component {
  /** Runs one step, for tests: no loop, no timers. */
  runOnce(): Promise<StepResult>;
  /** Ends the pause, because there is work. It does not shorten the back-off of a failing step. */
  nudge(): void;
}

const FIRST_BACKOFF_MS = 100;
const LONGEST_BACKOFF_MS = 2_000;
const THROTTLED_MS = 100;

const HOUSEKEEPING_INTERVAL_MS = 5 * 60_000;

/** Repeats a step until stopped. An error is logged, and the step is repeated after an exponential, jittered back-off. */
export function createBackgroundLoop(options: BackgroundLoopOptions): BackgroundLoop {
  const { name, logger, idleMs, paceMs = 0 } = options;
  const pace = paceOf(paceMs);
  const stopping = new AbortController();
  let pause: Pause | null = null;
  let isNudgeable = false;
  let nudged = false;
  let running: Promise<void> | null = null;
  let failures = 0;

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      nudged = false;
      const earliest = performance.now() + pace();
      const result = await guardedStep();
      if (result === 'failed') await wait(backoffMs(failures), 'until stopped');
      else if (result === 'throttled') await wait(THROTTLED_MS, 'until stopped');
      else if (result !== 'busy' && !nudged) await wait(result === 'idle' ? idleMs : result, 'until nudged');
      if (result !== 'busy') await wait(earliest - performance.now(), 'until stopped');
    }
  }

  async function wait(ms: number, ends: 'until stopped' | 'until nudged'): Promise<void> {
    if (ms <= 0 || stopping.signal.aborted) return;
    pause = startPause(ms);
    isNudgeable = ends === 'until nudged';
    await pause.ended;
  }

  async function guardedStep(): Promise<StepResult | 'failed'> {
    try {
      const result = await options.step(stopping.signal);
      failures = 0;
      return result;
    } catch (error) {
      if (stopping.signal.aborted) return 'idle';
      failures += 1;
      logger.warn(`${name} failed and will be retried`, { error: withCause(error), failures });
      return 'failed';
    }
  }

  return {
    name,
    runOnce: () => options.step(stopping.signal),
    nudge() {
      nudged = true;
      if (isNudgeable) pause?.end();
    },
    start() {
      running ??= run();
      return Promise.resolve();
    },
    async stop() {
      stopping.abort();
      pause?.end();
      await running;
    },
  };
}

function paceOf(paceMs: NonNullable<BackgroundLoopOptions['paceMs']>): () => number {
  if (typeof paceMs === 'function') return paceMs;
  return typeof paceMs === 'number' ? () => paceMs : createLoadPace(paceMs);
}

/** The text of an error and of its cause: "the database is not available" alone does not give the reason. */
function withCause(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause === undefined ? messageOf(error) : `${messageOf(error)}: ${messageOf(cause)}`;
}

/** A pause that lasts for a given time or until `end` is called. */
interface Pause {
  end: () => void;
  ended: Promise<void>;
}

function startPause(ms: number): Pause {
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    end = () => {
      clearTimeout(timer);
      resolve();
    };
  });
  return { end, ended };
}

function backoffMs(failures: number): number {
  const ceiling = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (failures - 1));
  return ceiling / 2 + (Math.random() * ceiling) / 2;
}

/**
 * Removes expired rows every five minutes, a few at a time, so that no table grows without limit.
 *
 * @param prunings each removes some rows and returns how many.
 */
export function createHousekeepingLoop(
  prunings: readonly (() => Promise<number>)[],
  logger: Logger,
): BackgroundLoop {
  return createBackgroundLoop({
    name: 'housekeeping',
    idleMs: HOUSEKEEPING_INTERVAL_MS,
    logger,
    async step() {
      let removed = 0;
      for (const prune of prunings) removed += await prune();
      if (removed > 0) logger.debug('expired rows removed', { removed });
      return removed > 0 ? 'busy' : 'idle';
    },
  });
}
