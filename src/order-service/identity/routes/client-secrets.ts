import { type Request } from 'express';
import { callerOf } from '../../../shared/auth/authenticate';
import { hashSecret, newSecret, unseal } from '../../../shared/auth/client-secret';
import { type SecretDigests } from '../../../shared/auth/secret-digest';
import { disconnectSignal } from '../../../shared/http/client-disconnect';
import { type IdempotentRequest } from '../../../shared/idempotency/idempotency-records';
import { type Answer, type AnswerOnce } from '../../../shared/idempotency/run-once';
import { type BoundedWork } from '../../../shared/resilience/bounded-work';
import { type SingleFlight } from '../../../shared/runtime/single-flight';
import { type NewSecret, type RenderSecret } from '../use-cases/manage-clients';
import { type ClientResource, toClientResource } from './client-resource';

/** The functions that derive keys from secrets, within the limits of hashing. */
export interface RequestHashing {
  /**
   * Concurrent repeats of a request share the secret: one of them stores it and returns it, the others return no secret.
   *
   * @param current the hash of the secret that it replaces.
   */
  newSecret: (current?: string) => Promise<NewSecret>;
  unseal: (sealed: string, password: string) => Promise<string>;
}

export interface RequestHashingDependencies {
  /** Limits all work that hashes secrets slowly. */
  hashing: BoundedWork;
  digests: SecretDigests;
  secretsInProgress: SingleFlight<NewSecret>;
}

/**
 * Hashing for an authenticated request, queued under its client. A waiting call is dropped when the caller disconnects, unless repeats of
 * the request share it.
 */
export function requestHashing(
  { hashing, digests, secretsInProgress }: RequestHashingDependencies,
  request: Request,
  repeatable: IdempotentRequest | null,
): RequestHashing {
  const path = [`client:${callerOf(request).clientId}`];
  const signal = disconnectSignal(request);
  async function createSecret(current?: string, options?: { signal: AbortSignal }): Promise<NewSecret> {
    const secret = newSecret();
    const { value: hash } = await hashing.run(path, () => hashSecret(secret, current), options);
    return { secret, hash, digest: digests.digest(secret) };
  }
  return {
    newSecret: (current) =>
      repeatable === null
        ? createSecret(current, { signal })
        : secretsInProgress(JSON.stringify([repeatable, current]), () => createSecret(current)),
    unseal: async (sealed, password) =>
      (await hashing.run(path, () => unseal(sealed, password), { signal })).value,
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
