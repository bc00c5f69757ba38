import { type Request } from 'express';
import { callerOf } from '../../../shared/auth/authenticate';
import { hashSecret, newSecret, seal, unseal } from '../../../shared/auth/client-secret';
import { hungUp } from '../../../shared/http/caller-left';
import { idempotencyKey, requestFingerprint, sha256 } from '../../../shared/idempotency/idempotency-key';
import { type BoundedWork } from '../../../shared/resilience/bounded-work';
import { type RegistrationGuard } from '../use-cases/register-client';

/** What derives keys from secrets, each within the bounds of hashing; it is dropped when the caller hangs up while it waits. */
export interface HashingFor {
  /** @param current the hash of the secret that it takes the place of. */
  newSecret: (current?: string) => Promise<{ secret: string; hash: string }>;
  seal: (text: string, password: string) => Promise<string>;
  unseal: (sealed: string, password: string) => Promise<string>;
}

/** Hashing for an authenticated request, in the turns of its caller. */
export function hashingFor(hashing: BoundedWork, request: Request): HashingFor {
  const path = [`client:${callerOf(request).clientId}`];
  const signal = hungUp(request);
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

const ROUTE = 'POST /clients';
const DAY_SECONDS = 86_400;

/**
 * How to recognise this registration again. The answer holds a secret, so it is stored sealed with the key, and the key only as
 * its hash: the database alone cannot tell the secret.
 */
export function registrationGuard(request: Request, { seal }: HashingFor): RegistrationGuard | null {
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

/** The stored answer, as it was given first. */
export function openAnswer(sealed: string, request: Request, { unseal }: HashingFor): Promise<string> {
  return unseal(sealed, idempotencyKey(request) ?? '');
}
