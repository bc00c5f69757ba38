import { type Request } from 'express';
import { callerOf } from '../../../shared/auth/require-scope';
import { type RegistrationGuard } from '../use-cases/register-client';
import { type HashingFor } from './hashing-for';
import { idempotencyKey, requestFingerprint, sha256 } from '../../../shared/idempotency/idempotency-key';

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
