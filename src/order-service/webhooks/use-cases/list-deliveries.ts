import { LAST_ID, uuid } from '../../../shared/contracts/text';
import { AppError } from '../../../shared/errors';
import { type Page, type PageRequest, readPage } from '../../../shared/postgres/keyset-page';
import { type Queryable } from '../../../shared/postgres/queryable';
import { type Reader, type ReadPool } from '../../../shared/postgres/read-pool';
import { type DeliveryFilter, type RecordedAttempt, type RecordedDelivery } from '../domain/delivery';
import { DELIVERY_NOT_FOUND } from '../domain/problem-types';
import { findDelivery, listAttempts, listDeliveries as list } from '../store/delivery-store';
import { findEndpoint } from '../store/endpoint-store';
import { requireEndpoint } from './manage-endpoints';

/** An endpoint as a caller names it. */
export interface EndpointRequest {
  endpointId: string;
  /** Null: of any client. */
  visibleOwner: string | null;
}

/**
 * A page of the deliveries of an endpoint, newest events first.
 *
 * @throws AppError `not_found`; `invalid_input` (`invalid_cursor`); `quota_exceeded` (`too_many_reads`)
 */
export function listDeliveries(
  reads: ReadPool,
  { endpointId, visibleOwner, filter, page }: EndpointRequest & { filter: DeliveryFilter; page: PageRequest },
  reader: Reader,
): Promise<Page<RecordedDelivery>> {
  return readPage(page, {
    position: uuid,
    positionOf: ({ eventId }) => eventId,
    read: (after, limit) =>
      reads.read(reader, async (db) => {
        requireEndpoint(await findEndpoint(db, endpointId, visibleOwner));
        return list(db, endpointId, filter, { before: after ?? LAST_ID, limit });
      }),
  });
}

/** The maximum number of attempts that are shown; a delivery that was repeated by hand can have more. */
const MOST_ATTEMPTS = 100;

export interface DeliveryWithAttempts extends RecordedDelivery {
  /** Newest first. */
  history: RecordedAttempt[];
}

/** @throws AppError `not_found` */
export async function getDelivery(
  db: Queryable,
  { endpointId, visibleOwner, eventId }: EndpointRequest & { eventId: string },
): Promise<DeliveryWithAttempts> {
  requireEndpoint(await findEndpoint(db, endpointId, visibleOwner));
  const delivery = requireDelivery(await findDelivery(db, endpointId, eventId));
  return { ...delivery, history: await listAttempts(db, endpointId, eventId, MOST_ATTEMPTS) };
}

/** @throws AppError `not_found` */
export function requireDelivery(delivery: RecordedDelivery | null): RecordedDelivery {
  if (!delivery) throw new AppError(DELIVERY_NOT_FOUND, DELIVERY_NOT_FOUND.detail);
  return delivery;
}
