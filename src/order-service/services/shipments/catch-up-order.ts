import { type Pool } from 'pg';
import {
  shipmentEventList,
  type ShipmentResource,
  shipmentList,
} from '../../../shared/contracts/shipment-resource';
import { type ServiceClient } from '../../../shared/resilience/service-client';
import { type Origin } from '../../../shared/event-log/event';
import { type ApplyShipmentStatus } from './apply-shipment-status';

export interface CatchUpDependencies {
  pool: Pool;
  applyShipmentStatus: ApplyShipmentStatus;
  deliveryService: ServiceClient;
}

/**
 * Fetches the messages of an order's shipment from the Delivery Service and applies those that are missing here, in order.
 * Returns false when there is no shipment.
 *
 * @throws AppError `unavailable` when the Delivery Service does not answer.
 */
export async function catchUpOrder(
  deps: CatchUpDependencies,
  orderId: string,
  origin: Origin,
): Promise<boolean> {
  const [shipment] = await shipmentsOf(deps.deliveryService, [orderId]);
  if (!shipment) return false;
  await catchUpWith(deps, shipment, 0, origin);
  return true;
}

/** Like {@link catchUpOrder}, for a shipment that is known already and of which everything up to `after` was applied. */
export async function catchUpWith(
  deps: CatchUpDependencies,
  shipment: ShipmentResource,
  after: number,
  origin: Origin,
): Promise<void> {
  const path = `/shipments/${shipment.shipment_id}/events`;
  const { data } = await deps.deliveryService.get(path, shipmentEventList, { after });
  for (const message of data) await deps.applyShipmentStatus(message, origin);
}

/** The shipments of these orders; orders without one are left out. At most 100 at a time. */
export async function shipmentsOf(
  deliveryService: ServiceClient,
  orderIds: readonly string[],
): Promise<ShipmentResource[]> {
  const { data } = await deliveryService.get('/shipments', shipmentList, { order_id: orderIds });
  return data;
}
