import { SHIPMENT_NOT_FOUND } from '../../shared/contracts/problem';
import { type Envelope } from '../../shared/contracts/messages';
import { AppError } from '../../shared/errors';
import { eventsOf } from '../../shared/event-log/read-events';
import { toEnvelope } from '../../shared/event-log/event';
import { type Queryable } from '../../shared/postgres/queryable';
import { type Shipment } from '../domain/shipment';
import { findShipment, findShipmentsOfOrders } from '../store/shipment-store';

/** The shipments of those orders that the client may see (null: all); orders without one are left out. */
export async function findShipments(
  db: Queryable,
  orderIds: readonly string[],
  clientId: string | null,
): Promise<Shipment[]> {
  return findShipmentsOfOrders(db, orderIds, clientId);
}

/** @throws AppError `not_found` for an unknown shipment and for a shipment of another client. */
export async function getShipment(
  db: Queryable,
  shipmentId: string,
  clientId: string | null,
): Promise<Shipment> {
  const shipment = await findShipment(db, shipmentId, clientId);
  if (!shipment) throw shipmentNotFound();
  return shipment;
}

export function shipmentNotFound(): AppError {
  return new AppError(SHIPMENT_NOT_FOUND, 'there is no such shipment');
}

/** The messages of a shipment after a version, exactly as the queue carries them, oldest first. */
export async function getShipmentMessages(
  db: Queryable,
  shipmentId: string,
  after: number,
  clientId: string | null,
): Promise<Envelope[]> {
  const shipment = await getShipment(db, shipmentId, clientId);
  const events = await eventsOf(db, shipment.orderId, after);
  return events.map(toEnvelope);
}
