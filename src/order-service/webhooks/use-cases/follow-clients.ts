import { type Database } from '../../../shared/postgres/queryable';
import { inactiveClients } from '../../identity/use-cases/inactive-clients';
import { clientsOfEndpoints, deleteEndpointsOf, disableEndpointsOf } from '../store/client-endpoint-store';
import { lockFanOut } from '../store/fan-out-store';
import { keepBacklog } from './keep-backlog';

/**
 * Disables the endpoints of clients that were disabled, and removes those of clients that were removed: nothing is sent to them any more. An
 * endpoint stays disabled when its client is enabled again, because whoever had the client disabled may not trust its URL.
 *
 * @returns the number of endpoints that were disabled or removed.
 */
export async function followClients(db: Database): Promise<number> {
  const { disabled, removed } = await inactiveClients(db, await clientsOfEndpoints(db));
  let count = removed.length === 0 ? 0 : await deleteEndpointsOf(db, removed);
  if (disabled.length === 0) return count;
  await db.transaction(async (tx) => {
    await lockFanOut(tx);
    const endpointIds = await disableEndpointsOf(tx, disabled);
    for (const endpointId of endpointIds) await keepBacklog(tx, endpointId);
    count += endpointIds.length;
  });
  return count;
}
