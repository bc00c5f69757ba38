import { setTimeout as delay } from 'node:timers/promises';
import { type Request, type RequestHandler } from 'express';
import { LRUCache } from 'lru-cache';
import { disconnectSignal } from '../../../shared/http/client-disconnect';
import { addressOf } from '../../../shared/http/rate-limit';
import { createBoundedWork } from '../../../shared/resilience/bounded-work';
import { createLoadPace } from '../../../shared/runtime/load-pace';

/** Decides when an attempt to authenticate with a secret may begin. */
export interface AttemptAdmission {
  /** Runs before the body of the request is read. */
  admit: RequestHandler;
  /** Records that a client has authenticated from an address. */
  succeeded(address: string): void;
}

export interface AttemptAdmissionOptions {
  /** Called with the error of an attempt that waited in vain. */
  onRefused: (error: unknown) => void;
  /** How long an address stays known after a client has authenticated from it, in milliseconds; longer than a token is valid. */
  knownForMs: number;
  /** How long an attempt occupies its place, in milliseconds. */
  pace?: () => number;
}

const MAX_KNOWN = 10_000;

/** Limits of the waiting attempts. A connection waits for its answer before it sends the next attempt. */
const WAITING = { maxWaiting: 5_000, maxWaitingPerKey: 500, maxWaitMs: 10_000 };

/** Each admitted attempt occupies one of these places for the time of the pace: in a busy process 200 attempts a second are admitted. */
const PLACES = 8;
const PACE = { idleMs: 0, busyMs: 40 };

/**
 * Admits attempts at a pace that follows the load of the process, alternately by address, so that a flood of guesses leaves time for all
 * other requests. A known address, from which a client has authenticated, does not wait: the wrong secrets of one address are limited in any
 * case.
 */
export function createAttemptAdmission({
  onRefused,
  knownForMs,
  pace = createLoadPace(PACE),
}: AttemptAdmissionOptions): AttemptAdmission {
  const known = new LRUCache<string, true>({ max: MAX_KNOWN, ttl: knownForMs });
  const places = createBoundedWork({ ...WAITING, concurrency: PLACES });
  return {
    admit(request, _response, next) {
      const address = addressOf(request);
      if (known.has(address) || hasBearerToken(request)) return next();
      const occupyPlace = async (): Promise<void> => {
        next();
        const paceMs = pace();
        if (paceMs >= 1) await delay(paceMs);
      };
      places.run([address], occupyPlace, { signal: disconnectSignal(request) }).catch((error: unknown) => {
        onRefused(error);
        next(error);
      });
    },
    succeeded(address) {
      known.set(address, true);
    },
  };
}

/** Such a request compares no secret. */
const hasBearerToken = (request: Request): boolean => /^Bearer /i.test(request.get('Authorization') ?? '');
