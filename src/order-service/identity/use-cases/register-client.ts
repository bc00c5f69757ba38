import { CLIENT_EXISTS, requireCallerScopes } from './manage-clients';
import {
  claimRecords,
  IDEMPOTENCY_KEY_REUSED,
  type IdempotencyRecord,
} from '../../../shared/idempotency/idempotency-records';
import { type Scope } from '../../../shared/contracts/scopes';
import { AppError } from '../../../shared/errors';
import { type Database, type Queryable } from '../../../shared/postgres/queryable';
import { type AuthenticatedClient } from '../domain/authenticated-client';
import { insertClient, type Client, type NewClient } from '../store/client-store';

/** `newSecret` is passed in, because use cases contain no cryptography. */
export interface RegisterClientDependencies {
  db: Database;
  newSecret: () => Promise<{ secret: string; hash: string }>;
}

export interface NewClientRequest {
  clientId: string;
  name: string | null;
  scopes: readonly Scope[];
}

/** Identifies other requests with the same key; null: the request has no key. */
export interface RegistrationGuard {
  key: Omit<IdempotencyRecord, 'orderId' | 'responseStatus' | 'responseBody'>;
  /** Encrypts the answer for storage, because it contains the secret; only the Idempotency-Key of the request decrypts it. */
  seal: (answer: string) => Promise<string>;
}

export type Registration = { kind: 'registered'; answer: string } | { kind: 'repeated'; sealed: string };

/** The actors that the services use for themselves in event logs. */
const RESERVED = ['order-service', 'delivery-service', 'order-reconciler'];

/**
 * Adds a client and creates its secret.
 *
 * @param render returns the answer, the only place that contains the secret.
 * @throws AppError `conflict` (`client_exists`) when the id is, or was, in use; `unprocessable` when the key was used for another request;
 * `forbidden` when the caller lacks a scope of the new client.
 */
export async function registerClient(
  deps: RegisterClientDependencies,
  request: NewClientRequest,
  guard: RegistrationGuard | null,
  render: (client: Client, secret: string) => string,
  caller: AuthenticatedClient,
): Promise<Registration> {
  requireCallerScopes(request.scopes, caller);
  refuseReserved(request.clientId);
  const { secret, hash } = await deps.newSecret();
  const now = new Date();
  const expected: Client = { ...request, disabled: false, createdAt: now, updatedAt: now };
  const answer = render(expected, secret);
  const sealed = guard ? await guard.seal(answer) : '';
  const earlier = await deps.db.transaction(async (tx) => {
    const record = guard && { ...guard.key, orderId: null, responseStatus: 201, responseBody: sealed };
    const [before = null] = record ? await claimRecords(tx, [record]) : [];
    if (before) return before;
    await addClient(tx, { ...request, secretHash: hash, createdAt: now });
    return null;
  });
  if (!earlier) return { kind: 'registered', answer };
  if (earlier.fingerprint !== guard?.key.fingerprint) throw keyReused();
  return { kind: 'repeated', sealed: earlier.responseBody };
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

const keyReused = (): AppError =>
  new AppError(IDEMPOTENCY_KEY_REUSED, 'this Idempotency-Key was used for another request');
