import { type Request } from 'express';
import { callerOf } from '../../../shared/auth/authenticate';
import { hashSecret, newSecret, unseal } from '../../../shared/auth/client-secret';
import { type SecretDigests } from '../../../shared/auth/secret-digest';
import { disconnectSignal } from '../../../shared/http/client-disconnect';
import { type IdempotentRequest } from '../../../shared/idempotency/idempotency-records';
import { type Answer, type AnswerOnce } from '../../../shared/idempotency/run-once';
import { type BoundedWork } from '../../../shared/resilience/bounded-work';
import { type NewSecret, type RenderSecret } from '../use-cases/manage-clients';
import { type ClientResource, toClientResource } from './client-resource';

/** The functions that derive keys from secrets, within the limits of hashing. A waiting call is dropped when the caller disconnects. */
export interface RequestHashing {
  /** @param current the hash of the secret that it replaces. */
  newSecret: (current?: string) => Promise<NewSecret>;
  unseal: (sealed: string, password: string) => Promise<string>;
}

export interface RequestHashingDependencies {
  /** Limits all work that hashes secrets slowly. */
  hashing: BoundedWork;
  digests: SecretDigests;
}

/** Hashing for an authenticated request, queued under its client. */
export function requestHashing(
  { hashing, digests }: RequestHashingDependencies,
  request: Request,
): RequestHashing {
  const path = [`client:${callerOf(request).clientId}`];
  const signal = disconnectSignal(request);
  const bounded = async <T>(work: () => Promise<T>): Promise<T> =>
    (await hashing.run(path, work, { signal })).value;
  return {
    async newSecret(current) {
      const secret = newSecret();
      const hash = await bounded(() => hashSecret(secret, current));
      return { secret, hash, digest: digests.digest(secret) };
    },
    unseal: (sealed, password) => bounded(() => unseal(sealed, password)),
  };
}

/** Renders a client with its new secret. The stored answer does not contain the secret. */
export const answerWithSecret =
  (status: number): RenderSecret =>
  (client, secret): Answer => {
    const resource = toClientResource(client);
    return {
      status,
      body: JSON.stringify({ ...resource, client_secret: secret }),
      repeatBody: JSON.stringify(withoutSecret(resource)),
    };
  };

/** The answer to a repeat of the request that created a secret. */
export const withoutSecret = (resource: ClientResource) => ({
  ...resource,
  client_secret: null,
  client_secret_notice:
    'the secret was returned only in the first response to this request; if that response was lost, create a new secret with ' +
    `POST /clients/${resource.client_id}/rotate-secret and another Idempotency-Key`,
});

/**
 * For records of the previous version only, which end 24 hours after it has stopped: it stored the whole answer, encrypted with the
 * Idempotency-Key. Returns that answer without the secret, and any other answer unchanged.
 */
export async function withoutSealedSecret(
  answer: AnswerOnce,
  request: IdempotentRequest | null,
  { unseal }: RequestHashing,
): Promise<AnswerOnce> {
  const isSealed = answer.replayed && !answer.body.startsWith('{');
  if (!isSealed || !request) return answer;
  const resource = JSON.parse(await unseal(answer.body, request.key)) as ClientResource;
  return { ...answer, body: JSON.stringify(withoutSecret(resource)) };
}
