import { uuid } from '../../../shared/contracts/text';
import { AppError, type ExpectedVersions, requireVersion } from '../../../shared/errors';
import { latestCursor } from '../../../shared/event-log/event-feed';
import { type Page, type PageRequest, readPage } from '../../../shared/postgres/keyset-page';
import { type Database, type Queryable } from '../../../shared/postgres/queryable';
import { changeEndpoint as change, type EndpointChange, type WebhookEndpoint } from '../domain/endpoint';
import { WEBHOOK_NOT_FOUND } from '../domain/problem-types';
import {
  deleteEndpoint,
  findEndpoint,
  listEndpoints as list,
  lockEndpoint,
  restartEndpoint,
  updateEndpoint,
} from '../store/endpoint-store';
import { lockFanOut } from '../store/fan-out-store';
import { keepBacklog } from './keep-backlog';

/**
 * @param visibleOwner null: any client.
 * @throws AppError `not_found` also for an endpoint of another client.
 */
export async function getEndpoint(
  db: Queryable,
  endpointId: string,
  visibleOwner: string | null,
): Promise<WebhookEndpoint> {
  return requireEndpoint(await findEndpoint(db, endpointId, visibleOwner));
}

/**
 * A page of endpoints, oldest first.
 *
 * @throws AppError `invalid_input` (`invalid_cursor`)
 */
export function listEndpoints(
  db: Queryable,
  visibleOwner: string | null,
  page: PageRequest,
): Promise<Page<WebhookEndpoint>> {
  return readPage(page, {
    position: uuid,
    positionOf: ({ endpointId }) => endpointId,
    read: (after, limit) => list(db, visibleOwner, after, limit),
  });
}

/**
 * Changes an endpoint. One that is enabled again gets the events from now on, and those of the time before it was disabled that it has not
 * got; those that occurred while it was disabled can be replayed.
 *
 * @throws AppError `not_found`; `precondition_failed`
 */
export async function changeEndpoint(
  db: Database,
  endpointId: string,
  visibleOwner: string | null,
  { expected, ...changes }: EndpointChange & { expected: ExpectedVersions },
): Promise<WebhookEndpoint> {
  return db.transaction(async (tx) => {
    // Before the endpoint, as in every transaction that locks both.
    if (changes.isEnabled !== undefined) await lockFanOut(tx);
    const current = requireEndpoint(await lockEndpoint(tx, endpointId, visibleOwner));
    requireVersion(expected, current.version);
    const changed = change(current, changes, new Date());
    if (changed === null) return current;
    await updateEndpoint(tx, changed);
    if (changed.isEnabled && !current.isEnabled)
      await restartEndpoint(tx, endpointId, await latestCursor(tx));
    if (!changed.isEnabled && current.isEnabled) await keepBacklog(tx, endpointId);
    return changed;
  });
}

/**
 * Removes an endpoint permanently. Requests to it that are in progress end.
 *
 * @throws AppError `not_found`; `precondition_failed`
 */
export async function removeEndpoint(
  db: Database,
  endpointId: string,
  visibleOwner: string | null,
  expected: ExpectedVersions,
): Promise<void> {
  await db.transaction(async (tx) => {
    const { version } = requireEndpoint(await lockEndpoint(tx, endpointId, visibleOwner));
    requireVersion(expected, version);
    await deleteEndpoint(tx, endpointId);
  });
}

/** @throws AppError `not_found` */
export function requireEndpoint(endpoint: WebhookEndpoint | null): WebhookEndpoint {
  if (!endpoint) throw new AppError(WEBHOOK_NOT_FOUND, WEBHOOK_NOT_FOUND.detail);
  return endpoint;
}
