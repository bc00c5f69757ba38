import { type Request } from 'express';
import { callerOf } from '../../../shared/auth/authenticate';
import { hashSecret, newSecret, seal, unseal } from '../../../shared/auth/client-secret';
import { disconnectSignal } from '../../../shared/http/client-disconnect';
import { idempotencyKey, requestFingerprint, sha256 } from '../../../shared/idempotency/idempotency-key';
import { type BoundedWork } from '../../../shared/resilience/bounded-work';
import { type RegistrationGuard } from '../use-cases/register-client';

const ROUTE = 'POST /clients';
const DAY_SECONDS = 86_400;

/** The functions that derive keys from secrets, within the limits of hashing. A waiting call is dropped when the caller disconnects. */
export interface RequestHashing {
  /** @param current the hash of the secret that it replaces. */
  newSecret: (current?: string) => Promise<{ secret: string; hash: string }>;
  seal: (text: string, password: string) => Promise<string>;
  unseal: (sealed: string, password: string) => Promise<string>;
}

/** Hashing for an authenticated request, queued under its client. */
export function requestHashing(hashing: BoundedWork, request: Request): RequestHashing {
  const path = [`client:${callerOf(request).clientId}`];
  const signal = disconnectSignal(request);
  const bounded = async <T>(work: () => Promise<T>): Promise<T> =>
    (await hashing.run(path, work, { signal })).value;
  return {
    async newSecret(current) {
      const secret = newSecret();
      return { secret, hash: await bounded(() => hashSecret(secret, current)) };
    },
    seal: (text, password) => bounded(() => seal(text, password)),
    unseal: (sealed, password) => bounded(() => unseal(sealed, password)),
  };
}

/**
 * Identifies repeats of this registration. The answer contains a secret, so it is stored encrypted with the key, and only the hash of the
 * key is stored: the database alone does not reveal the secret.
 */
export function registrationGuard(request: Request, { seal }: RequestHashing): RegistrationGuard | null {
  const key = idempotencyKey(request);
  if (key === null) return null;
  return {
    key: {
      clientId: callerOf(request).clientId,
      route: ROUTE,
      kind: 'key',
      key: sha256(key),
      fingerprint: requestFingerprint(ROUTE, request.body),
      windowSeconds: DAY_SECONDS,
      untilCancelled: false,
      formerKey: null,
    },
    seal: (answer) => seal(answer, key),
  };
}

/** The stored answer, decrypted: the answer to the first request. */
export function unsealAnswer(sealed: string, request: Request, { unseal }: RequestHashing): Promise<string> {
  return unseal(sealed, idempotencyKey(request) ?? '');
}
