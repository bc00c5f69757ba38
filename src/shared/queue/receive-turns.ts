import { once, setMaxListeners } from 'node:events';
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
 * A receive costs the same for one message as for ten. So pollers ask one at a time and at a pace, and what comes in a trickle is taken
 * together, while the others work on what they have. As long as receives come back full there is more: then all may ask, at once.
 *
 * @param pollers how many share the turns.
 * @param paceMs the least time between the beginnings of two receives, in milliseconds.
 */
export function createReceiveTurns(pollers: number, paceMs: number): ReceiveTurns {
  const ended = new EventTarget();
  setMaxListeners(pollers, ended);
  let receiving = 0;
  let wasFull = false;
  let earliest = 0;

  const isFree = (): boolean => receiving < (wasFull ? pollers : 1);

  function end(isFull: boolean): void {
    receiving -= 1;
    wasFull = isFull;
    ended.dispatchEvent(new Event('end'));
  }

  return {
    async take(signal) {
      while (!isFree() && !signal.aborted) await once(ended, 'end', { signal }).catch(() => undefined);
      if (signal.aborted) return null;
      receiving += 1;
      const rest = wasFull ? 0 : earliest - performance.now();
      if (rest > 0) await delay(rest, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) {
        end(false);
        return null;
      }
      earliest = performance.now() + paceMs;
      return end;
    },
  };
}
