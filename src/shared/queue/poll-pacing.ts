import { setTimeout as delay } from 'node:timers/promises';

/** Who of the pollers of a queue may ask for messages now. */
export interface ReceiveTurns {
  /**
   * Waits for a turn. Null when the signal was aborted before it came; else what is to be called when the receive has ended, with
   * whether it brought as many messages as it could.
   */
  take(signal: AbortSignal): Promise<((isFull: boolean) => void) | null>;
}

/**
 * What takes longer than this waits for messages, or for an answer that was lost on its way. Whoever asks beside it costs little in the
 * one case, and goes on with the work in the other.
 */
const PATIENCE_MS = 1_000;

/**
 * A receive costs the same for one message as for ten. So pollers ask one at a time and at a pace, and what comes in a trickle is taken
 * together, while the others work on what they have. As long as receives come back full there is more: then all may ask, at once. And
 * none waits for ever for one that has no answer.
 *
 * @param pollers how many share the turns.
 * @param paceMs the least time between the beginnings of two receives, in milliseconds.
 */
export function createReceiveTurns(pollers: number, paceMs: number): ReceiveTurns {
  const waiting = new Set<() => void>();
  let receiving = 0;
  let wasFull = false;
  let latest = Number.NEGATIVE_INFINITY;

  const patienceLeft = (): number => latest + PATIENCE_MS - performance.now();
  const isFree = (): boolean => receiving < (wasFull ? pollers : 1) || patienceLeft() <= 0;

  function end(isFull: boolean): void {
    receiving -= 1;
    wasFull = isFull;
    for (const wake of waiting) wake();
  }

  /** Until a receive has ended, or has no more time. */
  function change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, Math.ceil(patienceLeft()));
      signal.addEventListener('abort', wake);
      waiting.add(wake);
    });
  }

  return {
    async take(signal) {
      while (!isFree() && !signal.aborted) await change(signal);
      if (signal.aborted) return null;
      receiving += 1;
      const rest = wasFull ? 0 : latest + paceMs - performance.now();
      if (rest > 0) await delay(rest, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) {
        end(false);
        return null;
      }
      latest = performance.now();
      return end;
    },
  };
}
