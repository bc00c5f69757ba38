import { shipmentEventList, type ShipmentResource } from '../../../shared/contracts/shipment-resource';
import { type Origin } from '../../../shared/event-log/event';
import { alignOrder } from '../../orders/use-cases/align-order';
import { type CatchUpDependencies } from './catch-up-order';

/** The order can move on between the two reads; then the second attempt sees where to. */
const ATTEMPTS = 2;

/**
 * Counts an order's shipment messages by the log that its shipment has now, and applies what follows in there: after a restore of the
 * Delivery Service's database the same versions can stand for other steps. False when the order's own state is nowhere in that log;
 * then nothing has changed.
 *
 * @throws AppError `unavailable` when the Delivery Service does not answer.
 */
export async function alignWithLog(
  deps: CatchUpDependencies,
  orderId: string,
  shipment: Pick<ShipmentResource, 'shipment_id'>,
  origin: Origin,
): Promise<boolean> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1)
    if (await align(deps, orderId, shipment, origin)) return true;
  return false;
}

async function align(
  deps: CatchUpDependencies,
  orderId: string,
  { shipment_id: shipmentId }: Pick<ShipmentResource, 'shipment_id'>,
  origin: Origin,
): Promise<boolean> {
  const { data: log } = await deps.deliveryService.get(`/shipments/${shipmentId}/events`, shipmentEventList);
  const aligned = await alignOrder(deps.db, orderId, log, origin);
  if (!aligned) return false;
  for (const message of log)
    if (message.version > aligned.shipmentVersion) await deps.applyShipmentStatus(message, origin);
  return true;
}
