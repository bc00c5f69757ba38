import { AppError } from '../../../shared/errors';
import { type Database } from '../../../shared/postgres/queryable';
import { type RecordedDelivery } from '../domain/delivery';
import { WEBHOOK_DISABLED } from '../domain/problem-types';
import { findDelivery } from '../store/delivery-store';
import { findEndpoint } from '../store/endpoint-store';
import { lockFanOut } from '../store/fan-out-store';
import { arrangeSubjects, lockSubjects, requeueDelivery } from '../store/queue-order-store';
import { type EndpointRequest, requireDelivery } from './list-deliveries';
import { requireEndpoint } from './manage-endpoints';

/**
 * Sends a delivery again, also one that has succeeded. It is due at once, or follows the delivery of its order that is just being sent; later
 * events of the order that wait follow it. A delivery that waits for its next attempt does not wait any longer.
 *
 * @returns the delivery, which is pending.
 * @throws AppError `not_found`; `conflict` (`webhook_disabled`)
 */
export async function retryDelivery(
  db: Database,
  { endpointId, visibleOwner, eventId }: EndpointRequest & { eventId: string },
): Promise<RecordedDelivery> {
  return db.transaction(async (tx) => {
    await lockFanOut(tx);
    const endpoint = requireEndpoint(await findEndpoint(tx, endpointId, visibleOwner));
    if (!endpoint.isEnabled) throw new AppError(WEBHOOK_DISABLED, WEBHOOK_DISABLED.detail);
    const found = requireDelivery(await findDelivery(tx, endpointId, eventId));
    const subjects = { endpointId, subjectIds: [found.subjectId] };
    lockSubjects(tx, subjects);
    requeueDelivery(tx, found);
    arrangeSubjects(tx, subjects, { isNow: true });
    return requireDelivery(await findDelivery(tx, endpointId, eventId));
  });
}
