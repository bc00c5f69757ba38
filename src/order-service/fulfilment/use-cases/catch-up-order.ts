import {
  shipmentEventList,
  shipmentList,
  type ShipmentResource,
} from '../../../shared/contracts/shipment-resource';
import { type Database } from '../../../shared/postgres/queryable';
import { isRetryable } from '../../../shared/errors';
import { type ServiceClient } from '../../../shared/resilience/service-client';
import { type Origin } from '../../../shared/event-log/event';
import { type ApplyShipmentStatus } from '../../orders/use-cases/apply-shipment-status';

export interface CatchUpDependencies {
  db: Database;
  applyShipmentStatus: ApplyShipmentStatus;
  deliveryService: ServiceClient;
}

/**
 * Fetches the messages of an order's shipment from the Delivery Service and applies the missing ones, in order. Returns false when there is
 * no shipment.
 *
 * @throws AppError `unavailable` when the Delivery Service does not answer, `bad_gateway` when its answer cannot be used.
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

/**
 * Like {@link catchUpOrder}, for a known shipment whose messages up to `after` are applied. Returns whether a message was missing: the
 * queue may have delivered all of them meanwhile.
 */
export async function catchUpWith(
  deps: CatchUpDependencies,
  shipment: ShipmentResource,
  after: number,
  origin: Origin,
): Promise<boolean> {
  const path = `/shipments/${shipment.shipment_id}/events`;
  const { data } = await deps.deliveryService.get(path, shipmentEventList, { after });
  let wasMissing = false;
  for (const message of data) {
    const outcome = await deps.applyShipmentStatus(message, origin);
    wasMissing ||= outcome === 'next';
  }
  return wasMissing;
}

/** The shipments of these orders; orders without one are left out. At most 100 at a time. */
export async function shipmentsOf(
  deliveryService: ServiceClient,
  orderIds: readonly string[],
): Promise<ShipmentResource[]> {
  const { data } = await deliveryService.get('/shipments', shipmentList, { order_id: orderIds });
  return data;
}

/** An order whose shipment cannot be processed; the error concerns this order only. */
export interface FailedOrder {
  orderId: string;
  error: unknown;
}

/**
 * Like {@link shipmentsOf}, but an order for which the Delivery Service can never answer does not fail the others: a request that fails
 * with an error that is not retryable is sent again in halves.
 *
 * @throws AppError `unavailable` when the Delivery Service does not answer.
 */
export async function shipmentsOfEach(
  deliveryService: ServiceClient,
  orderIds: readonly string[],
): Promise<{ shipments: ShipmentResource[]; failed: FailedOrder[] }> {
  try {
    return { shipments: await shipmentsOf(deliveryService, orderIds), failed: [] };
  } catch (error) {
    const [orderId] = orderIds;
    if (isRetryable(error) || orderId === undefined) throw error;
    if (orderIds.length === 1) return { shipments: [], failed: [{ orderId, error }] };
    const middle = Math.ceil(orderIds.length / 2);
    const first = await shipmentsOfEach(deliveryService, orderIds.slice(0, middle));
    const second = await shipmentsOfEach(deliveryService, orderIds.slice(middle));
    return {
      shipments: [...first.shipments, ...second.shipments],
      failed: [...first.failed, ...second.failed],
    };
  }
}
