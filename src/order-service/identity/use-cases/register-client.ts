import { CLIENT_EXISTS, type NewSecret, type RenderSecret, requireCallerScopes } from './manage-clients';
import { type IdempotentRequest } from '../../../shared/idempotency/idempotency-records';
import { type AnswerOnce, runOnce } from '../../../shared/idempotency/run-once';
import { type Scope } from '../../../shared/contracts/scopes';
import { AppError } from '../../../shared/errors';
import { type Database, type Queryable } from '../../../shared/postgres/queryable';
import { type AuthenticatedClient } from '../domain/authenticated-client';
import { insertClient, type NewClient } from '../store/client-store';

/** `newSecret` is passed in, because use cases contain no cryptography. */
export interface RegisterClientDependencies {
  db: Database;
  newSecret: () => Promise<NewSecret>;
  /** Returns the answer, the only place that contains the secret. */
  render: RenderSecret;
}

export interface NewClientRequest {
  clientId: string;
  name: string | null;
  scopes: readonly Scope[];
}

/** The actors that the services use for themselves in event logs. */
const RESERVED = ['order-service', 'delivery-service', 'order-reconciler', 'reconcile-stock'];

/**
 * Adds a client and creates its secret, once per request and its repeats.
 *
 * @throws AppError `conflict` (`client_exists`) when the id is, or was, in use; `unprocessable` when the key was used for another request;
 * `forbidden` when the caller lacks a scope of the new client.
 */
export async function registerClient(
  { db, newSecret, render }: RegisterClientDependencies,
  client: NewClientRequest,
  caller: AuthenticatedClient,
  request: IdempotentRequest | null,
): Promise<AnswerOnce> {
  requireCallerScopes(client.scopes, caller);
  refuseReserved(client.clientId);
  const { secret, hash, digest } = await newSecret();
  const now = new Date();
  return runOnce({ db }, request, async (tx) => {
    await addClient(tx, { ...client, secretHash: hash, secretDigest: digest, createdAt: now });
    return render({ ...client, disabled: false, createdAt: now, updatedAt: now }, secret);
  });
}

/**
 * Adds a client whose secret exists already.
 *
 * @throws AppError `conflict` (`client_exists`) when the id is, or was, in use.
 */
export async function addClient(db: Queryable, client: NewClient): Promise<void> {
  refuseReserved(client.clientId);
  if (!(await insertClient(db, client))) throw clientExists();
}

function refuseReserved(clientId: string): void {
  if (RESERVED.includes(clientId)) throw clientExists();
}

const clientExists = (): AppError =>
  new AppError(CLIENT_EXISTS, 'a client with this id exists or existed before');
