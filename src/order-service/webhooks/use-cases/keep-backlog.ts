import { latestCursor } from '../../../shared/event-log/event-feed';
import { isBehind } from '../../../shared/event-log/feed-cursor';
import { type Transaction } from '../../../shared/postgres/queryable';
import { readChanges } from '../../orders/use-cases/read-public-events';
import { cursorOfDisabled, recordDisabled } from '../store/endpoint-cursor-store';

/**
 * Keeps the place of an endpoint that is being disabled, if events of its client up to now are not in its queue yet: it gets them when it is
 * enabled again. If the feed does not keep them so long, the endpoint is told then. The fan-out must be locked.
 */
export async function keepBacklog(tx: Transaction, endpointId: string): Promise<void> {
  const endpoint = await cursorOfDisabled(tx, endpointId);
  if (endpoint === null) return;
  const { cursor: after, clientId: owner } = endpoint;
  const end = await latestCursor(tx);
  const page = isBehind(after, end) ? await readChanges(tx, { after, owner, limit: 1 }) : null;
  await recordDisabled(tx, endpoint, end, page !== null && ('gone' in page || page.changes.length > 0));
}
