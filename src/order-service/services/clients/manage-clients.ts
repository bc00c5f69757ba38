import { AppError } from '../../../shared/errors';
import { type Queryable } from '../../../shared/postgres/queryable';
import {
  deleteClient,
  findClient,
  listClients as list,
  replaceSecret,
  updateClient,
  type Client,
  type ClientChange,
} from '../../store/client-store';

/** @throws AppError `not_found` */
export async function getClient(db: Queryable, clientId: string): Promise<Client> {
  return known(await findClient(db, clientId));
}

/** A page of clients in the order of their ids, and whether there are more. */
export async function listClients(
  db: Queryable,
  after: string,
  limit: number,
): Promise<{ clients: Client[]; hasMore: boolean }> {
  const found = await list(db, after, limit + 1);
  return { clients: found.slice(0, limit), hasMore: found.length > limit };
}

/**
 * Changes name, scopes, or whether the client may be used. Tokens that are out follow within seconds.
 *
 * @throws AppError `not_found`; `conflict` when a client would shut itself out.
 */
export async function changeClient(
  db: Queryable,
  clientId: string,
  change: ClientChange,
  by: string,
): Promise<Client> {
  const losesAccess = change.disabled === true || change.scopes?.includes('client:manage') === false;
  if (losesAccess) refuseSelf(clientId, by);
  return known(await updateClient(db, clientId, change));
}

/** @throws AppError `not_found`; `conflict` when a client would shut itself out. */
export async function removeClient(db: Queryable, clientId: string, by: string): Promise<void> {
  refuseSelf(clientId, by);
  if (!(await deleteClient(db, clientId))) throw clientNotFound();
}

/** Gives a client a new secret, beside which the old one stays good for the grace time. */
export async function rotateSecret(
  db: Queryable,
  clientId: string,
  secretHash: string,
  graceSeconds: number,
): Promise<Client> {
  return known(await replaceSecret(db, clientId, secretHash, graceSeconds));
}

function known(client: Client | null): Client {
  if (!client) throw clientNotFound();
  return client;
}

const clientNotFound = (): AppError =>
  new AppError('not_found', 'there is no such client', { code: 'client_not_found' });

/** Otherwise the last manager could lock everybody out by mistake. */
function refuseSelf(clientId: string, by: string): void {
  if (clientId !== by) return;
  throw new AppError('conflict', 'a client cannot shut itself out; let another one do it', {
    code: 'own_client',
  });
}
