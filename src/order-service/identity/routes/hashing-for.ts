import { type Request } from 'express';
import { hashSecret, newSecret } from '../../../shared/auth/client-secret';
import { callerOf } from '../../../shared/auth/require-scope';
import { seal, unseal } from '../../../shared/auth/sealed-text';
import { hungUp } from '../../../shared/http/hung-up';
import { type BoundedWork } from '../../../shared/resilience/bounded-work';

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
