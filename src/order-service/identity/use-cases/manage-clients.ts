import { INSUFFICIENT_SCOPE, problemType } from '../../../shared/contracts/problem';
import { type Scope } from '../../../shared/contracts/scopes';
import { AppError } from '../../../shared/errors';
import { type Page, type PageRequest, readPage } from '../../../shared/postgres/keyset-page';
import { type Database, type Queryable } from '../../../shared/postgres/queryable';
import { clientId } from '../../../shared/contracts/text';
import { type IdempotentRequest } from '../../../shared/idempotency/idempotency-records';
import { type Answer, type AnswerOnce, runOnce } from '../../../shared/idempotency/run-once';
import { type AuthenticatedClient } from '../domain/authenticated-client';
import {
  type Client,
  type ClientChange,
  deleteClient,
  findClient,
  listClients as list,
  lockClient,
  updateClient,
} from '../store/client-store';
import { findSecretHash, replaceSecret, type StoredSecret } from '../store/client-secret-store';

export const CLIENT_NOT_FOUND = problemType('not_found', 'client_not_found', 'there is no such client');
export const CLIENT_EXISTS = problemType('conflict', 'client_exists', 'a client with this id already exists');
export const OWN_CLIENT = problemType(
  'conflict',
  'own_client',
  'a client cannot disable or remove itself, or remove its own scope client:manage; use another client',
);

/** @throws AppError `not_found` */
export async function getClient(db: Queryable, clientId: string): Promise<Client> {
  return requireClient(await findClient(db, clientId));
}

/**
 * A page of clients in the order of their ids.
 *
 * @throws AppError `invalid_input` (`invalid_cursor`)
 */
export function listClients(db: Queryable, page: PageRequest): Promise<Page<Client>> {
  return readPage(page, {
    position: clientId,
    positionOf: (client) => client.clientId,
    read: (after, limit) => list(db, after ?? '', limit),
  });
}

/**
 * Changes the name, the scopes, or whether the client is disabled. Tokens already issued follow within seconds. A caller can always remove
 * scopes and disable a client; to add a scope, or to enable a client again with its scopes, the caller needs these scopes.
 *
 * @throws AppError `not_found`; `conflict` when a client would shut itself out; `forbidden` when the caller lacks a scope.
 */
export async function changeClient(
  db: Database,
  clientId: string,
  change: ClientChange,
  caller: AuthenticatedClient,
): Promise<Client> {
  const losesAccess = change.disabled === true || change.scopes?.includes('client:manage') === false;
  if (losesAccess) refuseOwnClient(clientId, caller);
  return db.transaction(async (tx) => {
    const client = requireClient(await lockClient(tx, clientId));
    const scopes = change.scopes ?? client.scopes;
    const isReenabled = client.disabled && change.disabled === false;
    requireCallerScopes(
      isReenabled ? scopes : scopes.filter((scope) => !client.scopes.includes(scope)),
      caller,
    );
    return requireClient(await updateClient(tx, clientId, change));
  });
}

/**
 * Removes a client permanently.
 *
 * @throws AppError `not_found`; `conflict` when a client would shut itself out; `forbidden` when the caller lacks one of its scopes.
 */
export async function removeClient(
  db: Database,
  clientId: string,
  caller: AuthenticatedClient,
): Promise<void> {
  refuseOwnClient(clientId, caller);
  await db.transaction(async (tx) => {
    requireCallerScopes(requireClient(await lockClient(tx, clientId)).scopes, caller);
    if (!(await deleteClient(tx, clientId))) throw clientNotFound();
  });
}

/** A secret that was just created. */
export interface NewSecret extends StoredSecret {
  secret: string;
  digest: string;
}

export interface RotateSecretDependencies {
  db: Database;
  /** @param current the hash of the current secret. */
  newSecret: (current: string) => Promise<NewSecret>;
  /** Returns the answer, the only place that contains the secret. */
  render: RenderSecret;
}

/** Renders the answer with a client and its secret; the answer to a repeat must not contain the secret. */
export type RenderSecret = (client: Client, secret: string) => Answer;

/**
 * Gives a client a new secret; the old one stays valid for the grace time. The secret gives access to all scopes of the client, so the
 * manager needs them all. A repeat of the request changes nothing.
 *
 * @throws AppError `not_found`; `forbidden` when the caller lacks one of its scopes.
 */
export async function rotateSecret(
  { db, newSecret, render }: RotateSecretDependencies,
  clientId: string,
  graceSeconds: number,
  caller: AuthenticatedClient,
  request: IdempotentRequest | null,
): Promise<AnswerOnce> {
  requireCallerScopes(requireClient(await findClient(db, clientId)).scopes, caller);
  const current = await findSecretHash(db, clientId);
  if (current === null) throw clientNotFound();
  const created = await newSecret(current);
  return runOnce({ db }, request, async (tx) => {
    requireCallerScopes(requireClient(await lockClient(tx, clientId)).scopes, caller);
    const client = requireClient(await replaceSecret(tx, clientId, created, graceSeconds));
    return render(client, created.secret);
  });
}

/** @throws AppError `forbidden` when the caller lacks a scope of the client that the answer shows. */
export async function requireScopesOf(
  db: Queryable,
  clientId: string,
  caller: AuthenticatedClient,
): Promise<void> {
  const client = await findClient(db, clientId);
  if (client) requireCallerScopes(client.scopes, caller);
}

function requireClient(client: Client | null): Client {
  if (!client) throw clientNotFound();
  return client;
}

const clientNotFound = (): AppError => new AppError(CLIENT_NOT_FOUND, 'there is no such client');

/** Without this check the last client with `client:manage` could lock everybody out by mistake. */
function refuseOwnClient(clientId: string, caller: AuthenticatedClient): void {
  if (clientId !== caller.clientId) return;
  throw new AppError(
    OWN_CLIENT,
    'a client cannot disable or remove itself, or remove its own scope client:manage; use another client',
  );
}

/**
 * A caller can give only scopes that it has, be it as scopes of a client or by a secret of a client that has them.
 *
 * @throws AppError `forbidden` that names the scopes that the caller lacks.
 */
export function requireCallerScopes(scopes: readonly Scope[], caller: AuthenticatedClient): void {
  const missing = scopes.filter((scope) => !caller.scopes.includes(scope));
  if (missing.length === 0) return;
  throw new AppError(
    INSUFFICIENT_SCOPE,
    `this requires scopes that the token does not have: ${missing.join(', ')}`,
    {
      requiredScopes: missing,
    },
  );
}
