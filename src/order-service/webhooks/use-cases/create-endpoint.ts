import { v7 as uuidv7 } from 'uuid';
import { AppError } from '../../../shared/errors';
import { latestCursor } from '../../../shared/event-log/event-feed';
import { type IdempotentRequest } from '../../../shared/idempotency/idempotency-records';
import { type Answer, type AnswerOnce, runOnce } from '../../../shared/idempotency/run-once';
import { type Database, type Transaction } from '../../../shared/postgres/queryable';
import { type WebhookEndpoint } from '../domain/endpoint';
import { WEBHOOK_LIMIT_REACHED } from '../domain/problem-types';
import { type SecretSealing } from '../domain/sealed-secret';
import { countEndpoints, insertEndpoint } from '../store/endpoint-store';
import { lockFanOut } from '../store/fan-out-store';

/** Renders the answer with an endpoint and its secret; the answer to a repeat must not contain the secret. */
export type RenderSecret = (endpoint: WebhookEndpoint, secret: Buffer) => Answer;

export interface SecretDependencies {
  db: Database;
  sealing: SecretSealing;
  /** Creates random bytes. */
  newSecret: () => Buffer;
  /** Returns the answer, the only place that contains the secret. */
  render: RenderSecret;
}

export interface CreateEndpointDependencies extends SecretDependencies {
  /** The maximum number of endpoints of a client. */
  maxPerClient: number;
}

export type NewEndpoint = Pick<
  WebhookEndpoint,
  'clientId' | 'url' | 'eventTypes' | 'isEnabled' | 'description' | 'metadata'
>;

/**
 * Adds an endpoint and creates its secret, once per request and its repeats. It gets the events from now on.
 *
 * @throws AppError `conflict` (`webhook_limit_reached`); `unprocessable` when the key was used for another request.
 */
export async function createEndpoint(
  { db, sealing, newSecret, render, maxPerClient }: CreateEndpointDependencies,
  request: NewEndpoint,
  idempotency: IdempotentRequest | null,
): Promise<AnswerOnce> {
  const now = new Date();
  const endpoint: WebhookEndpoint = {
    ...request,
    endpointId: uuidv7(),
    disabledReason: request.isEnabled ? null : 'by_client',
    previousSecretUntil: null,
    missedBefore: null,
    createdAt: now,
    updatedAt: now,
    version: 1,
  };
  const secret = newSecret();
  const sealedSecret = sealing.seal(secret, endpoint.endpointId);
  return runOnce({ db }, idempotency, async (tx) => {
    // Also lets one creation follow the other, so that the limit is exact.
    await lockFanOut(tx);
    await requireRoom(tx, endpoint.clientId, maxPerClient);
    await insertEndpoint(tx, endpoint, { sealedSecret, cursor: await latestCursor(tx) });
    return render(endpoint, secret);
  });
}

async function requireRoom(tx: Transaction, clientId: string, most: number): Promise<void> {
  if ((await countEndpoints(tx, clientId)) < most) return;
  const text = `the client has ${String(most)} webhook endpoints, which is the maximum; remove one first`;
  throw new AppError(WEBHOOK_LIMIT_REACHED, text);
}
