import { INSUFFICIENT_SCOPE, problemType } from '../../../shared/contracts/problem';
import { type Scope } from '../../../shared/contracts/scopes';
import { AppError } from '../../../shared/errors';
import { type Page, type PageRequest, readPage } from '../../../shared/postgres/keyset-page';
import { type Database, type Queryable } from '../../../shared/postgres/queryable';
import { clientId } from '../domain/client-resource';
import {
  type Client,
  type ClientChange,
  deleteClient,
  findClient,
  findSecretHash,
  listClients as list,
  lockClient,
  replaceSecret,
  updateClient,
} from '../store/client-store';

export const CLIENT_NOT_FOUND = problemType('not_found', 'client_not_found', 'there is no such client');
export const CLIENT_EXISTS = problemType(
  'conflict',
  'client_exists',
  'there is a client with this id already',
);
export const OWN_CLIENT = problemType(
  'conflict',
  'own_client',
  'a client cannot shut itself out; let another one do it',
);

/** @throws AppError `not_found` */
export async function getClient(db: Queryable, clientId: string): Promise<Client> {
  return known(await findClient(db, clientId));
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
 * Changes name, scopes, or whether the client may be used. Tokens that are out follow within seconds. Taking power away is always
 * possible; giving it takes a manager that has it: a new scope, or enabling a client again with the scopes that it has.
 *
 * @throws AppError `not_found`; `conflict` when a client would shut itself out; `forbidden` when the manager lacks a scope.
 */
export async function changeClient(
  db: Database,
  clientId: string,
  change: ClientChange,
  by: Manager,
): Promise<Client> {
  const losesAccess = change.disabled === true || change.scopes?.includes('client:manage') === false;
  if (losesAccess) refuseSelf(clientId, by);
  return db.transaction(async (tx) => {
    const client = known(await lockClient(tx, clientId));
    const scopes = change.scopes ?? client.scopes;
    const isRevived = client.disabled && change.disabled === false;
    requireHeld(isRevived ? scopes : scopes.filter((scope) => !client.scopes.includes(scope)), by);
    return known(await updateClient(tx, clientId, change));
  });
}

/**
 * Removes a client, for good.
 *
 * @throws AppError `not_found`; `conflict` when a client would shut itself out; `forbidden` when the manager lacks one of its scopes.
 */
export async function removeClient(db: Database, clientId: string, by: Manager): Promise<void> {
  refuseSelf(clientId, by);
  await db.transaction(async (tx) => {
    requireHeld(known(await lockClient(tx, clientId)).scopes, by);
    if (!(await deleteClient(tx, clientId))) throw clientNotFound();
  });
}

export interface RotateSecretDependencies {
  db: Database;
  /** @param current the hash of the secret until now. */
  newSecret: (current: string) => Promise<{ secret: string; hash: string }>;
}

/**
 * Gives a client a new secret, beside which the old one stays good for the grace time. Who has its secret has its scopes, so the manager
 * needs them all.
 *
 * @throws AppError `not_found`; `forbidden` when the manager lacks one of its scopes.
 */
export async function rotateSecret(
  { db, newSecret }: RotateSecretDependencies,
  clientId: string,
  graceSeconds: number,
  by: Manager,
): Promise<{ client: Client; secret: string }> {
  requireHeld(known(await findClient(db, clientId)).scopes, by);
  const current = await findSecretHash(db, clientId);
  if (current === null) throw clientNotFound();
  const { secret, hash } = await newSecret(current);
  const client = await db.transaction(async (tx) => {
    requireHeld(known(await lockClient(tx, clientId)).scopes, by);
    return known(await replaceSecret(tx, clientId, hash, graceSeconds));
  });
  return { client, secret };
}

/** @throws AppError `forbidden` when the manager lacks a scope of that client, whose secret he is about to see. */
export async function requireScopesOf(db: Queryable, clientId: string, by: Manager): Promise<void> {
  const client = await findClient(db, clientId);
  if (client) requireHeld(client.scopes, by);
}

function known(client: Client | null): Client {
  if (!client) throw clientNotFound();
  return client;
}

const clientNotFound = (): AppError => new AppError(CLIENT_NOT_FOUND, 'there is no such client');

/** Otherwise the last manager could lock everybody out by mistake. */
function refuseSelf(clientId: string, by: Manager): void {
  if (clientId !== by.clientId) return;
  throw new AppError(OWN_CLIENT, 'a client cannot shut itself out; let another one do it');
}

/** Who looks after clients: a client with `client:manage`, and the scopes of the token that it came with. */
export interface Manager {
  clientId: string;
  scopes: readonly string[];
}

/**
 * Nobody may give what he does not have, neither as a scope nor by a secret that opens it.
 *
 * @throws AppError `forbidden` that names the scopes that the manager lacks.
 */
export function requireHeld(scopes: readonly Scope[], by: Manager): void {
  const missing = scopes.filter((scope) => !by.scopes.includes(scope));
  if (missing.length === 0) return;
  throw new AppError(
    INSUFFICIENT_SCOPE,
    `this needs scopes that the token does not have: ${missing.join(', ')}`,
    {
      requiredScopes: missing,
    },
  );
}
