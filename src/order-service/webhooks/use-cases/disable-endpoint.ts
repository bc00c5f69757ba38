import { v7 as uuidv7 } from 'uuid';
import { type Database } from '../../../shared/postgres/queryable';
import { type FailedEndpoint } from '../domain/endpoint-health';
import { disableEndpoint as disable } from '../store/endpoint-health-store';
import { lockFanOut } from '../store/fan-out-store';
import { receiversOf } from '../store/notice-store';
import { keepBacklog } from './keep-backlog';
import { queueNotice } from './queue-notice';

/**
 * Disables an endpoint that is gone or has failed too long, and sends the notice `webhook.disabled` to the other endpoints of its client.
 *
 * @returns false when it was disabled or deleted before.
 */
export async function disableEndpoint(db: Database, failed: FailedEndpoint): Promise<boolean> {
  return db.transaction(async (tx) => {
    const position = await lockFanOut(tx);
    const clientId = await disable(tx, failed);
    if (clientId === null) return false;
    await keepBacklog(tx, failed.endpointId);
    const type = 'webhook.disabled';
    await queueNotice(tx, position, {
      notice: {
        eventId: uuidv7(),
        type,
        occurredAt: new Date(),
        endpointId: failed.endpointId,
        data: { disabled_reason: failed.reason },
      },
      clientId,
      receivers: await receiversOf(tx, clientId, type),
    });
    return true;
  });
}
