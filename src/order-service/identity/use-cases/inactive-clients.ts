import { type Queryable } from '../../../shared/postgres/queryable';
import { findInactiveClients } from '../store/client-store';

export interface InactiveClients {
  disabled: string[];
  removed: string[];
}

/** Those of the clients that are disabled or were removed; others, also unknown ones, are left out. */
export async function inactiveClients(db: Queryable, clientIds: readonly string[]): Promise<InactiveClients> {
  const found = clientIds.length === 0 ? [] : await findInactiveClients(db, clientIds);
  const idsOf = (isRemoved: boolean): string[] =>
    found.flatMap((client) => (client.isRemoved === isRemoved ? [client.clientId] : []));
  return { disabled: idsOf(false), removed: idsOf(true) };
}
