import { type IdempotentRequest } from '../../../shared/idempotency/idempotency-records';
import { type AnswerOnce, runOnce } from '../../../shared/idempotency/run-once';
import { findEndpoint, lockEndpoint } from '../store/endpoint-store';
import { replaceSecret } from '../store/endpoint-secret-store';
import { type SecretDependencies } from './create-endpoint';
import { requireEndpoint } from './manage-endpoints';

export interface SecretRotation {
  endpointId: string;
  /** Null: of any client. */
  visibleOwner: string | null;
  /** How long requests also have the signature of the previous secret. */
  graceSeconds: number;
}

/**
 * Gives an endpoint a new secret. Requests have both signatures for the grace time. A repeat of the request changes nothing.
 *
 * @throws AppError `not_found`; `unprocessable` when the key was used for another request.
 */
export async function rotateEndpointSecret(
  { db, sealing, newSecret, render }: SecretDependencies,
  { endpointId, visibleOwner, graceSeconds }: SecretRotation,
  idempotency: IdempotentRequest | null,
): Promise<AnswerOnce> {
  const secret = newSecret();
  const sealedSecret = sealing.seal(secret, endpointId);
  return runOnce({ db }, idempotency, async (tx) => {
    requireEndpoint(await lockEndpoint(tx, endpointId, visibleOwner));
    const now = new Date();
    const until = new Date(now.getTime() + graceSeconds * 1_000);
    await replaceSecret(tx, endpointId, { sealedSecret, until, now });
    return render(requireEndpoint(await findEndpoint(tx, endpointId, visibleOwner)), secret);
  });
}
