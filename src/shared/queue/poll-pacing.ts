import { setTimeout as delay } from 'node:timers/promises';

/** Decides which poller of a queue may receive messages now. */
export interface PollPacing {
  /**
   * Waits until this poller may receive. Returns null when the signal was aborted before that, else a function to call when the receive
   * has ended, with whether it returned as many messages as it could.
   */
  acquire(signal: AbortSignal): Promise<((isFull: boolean) => void) | null>;
}

/**
 * A receive that takes longer than this waits for messages, or for an answer that was lost. The next poller then receives too: this costs
 * little in the first case, and keeps the work going in the second.
 */
const MAX_WAIT_MS = 1_000;

/**
 * A receive costs the same for one message as for ten. So pollers receive one at a time and at a pace: a slow flow of messages is
 * received in batches, while the other pollers handle theirs. While receives return full batches, all pollers may receive at once and
 * without a pace. No poller waits forever for a receive that has no answer.
 *
 * @param pollers how many pollers share the receives.
 * @param paceMs returns the minimum time between the starts of two receives, in milliseconds.
 */
export function createPollPacing(pollers: number, paceMs: () => number): PollPacing {
  const waiting = new Set<() => void>();
  let receiving = 0;
  let wasFull = false;
  let latest = Number.NEGATIVE_INFINITY;

  const waitLeft = (): number => latest + MAX_WAIT_MS - performance.now();
  const isFree = (): boolean => receiving < (wasFull ? pollers : 1) || waitLeft() <= 0;

  function end(isFull: boolean): void {
    receiving -= 1;
    wasFull = isFull;
    for (const wake of waiting) wake();
  }

  /** Waits until a receive has ended, or has exceeded its time. */
  function nextChange(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, Math.ceil(waitLeft()));
      signal.addEventListener('abort', wake);
      waiting.add(wake);
    });
  }

  return {
    async acquire(signal) {
      while (!isFree() && !signal.aborted) await nextChange(signal);
      if (signal.aborted) return null;
      receiving += 1;
      const pauseMs = wasFull ? 0 : latest + paceMs() - performance.now();
      if (pauseMs > 0) await delay(pauseMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) {
        end(false);
        return null;
      }
      latest = performance.now();
      return end;
    },
  };
}
