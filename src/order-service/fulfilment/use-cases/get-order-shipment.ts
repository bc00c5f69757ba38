import { SHIPMENT_NOT_FOUND, UNAVAILABLE } from '../../../shared/contracts/problem';
import { type OrderShipment } from '../../../shared/contracts/shipment-resource';
import { AppError } from '../../../shared/errors';
import { type Queryable } from '../../../shared/postgres/queryable';
import { type ServiceClient } from '../../../shared/resilience/service-client';
import { withTimeout } from '../../../shared/runtime/with-timeout';
import { currentShipment, lastKnownShipment } from '../domain/order-shipment';
import { lastKnownShipmentOf } from '../../orders/use-cases/view-orders';
import { getOrder } from '../../orders/use-cases/get-order';
import { shipmentsOf } from './catch-up-order';

export interface OrderShipmentDependencies {
  db: Queryable;
  deliveryService: ServiceClient;
}

/** How long to wait for the Delivery Service, including retries, before the last known state is returned. */
const MAX_WAIT_MS = 1_600;

/**
 * The shipment of an order from the Delivery Service, or, while that does not answer, the last reported state. Every instance can return
 * that state, because it is read from the database.
 *
 * @throws AppError `not_found` (`order_not_found`; `shipment_not_found` when there is none yet); `unavailable` or `bad_gateway` when the
 * Delivery Service gives no usable answer and has reported nothing yet.
 */
export async function getOrderShipment(
  { db, deliveryService }: OrderShipmentDependencies,
  orderId: string,
  clientId: string | null,
): Promise<OrderShipment> {
  await getOrder(db, orderId, clientId);
  try {
    const [shipment] = await withTimeout(MAX_WAIT_MS, shipmentsOf(deliveryService, [orderId]), noAnswer);
    if (shipment) return currentShipment(shipment, new Date());
  } catch (error) {
    if (!hasNoAnswer(error)) throw error;
    const known = await lastKnownShipmentOf(db, orderId, clientId);
    if (!known) throw error;
    return lastKnownShipment(known);
  }
  throw new AppError(SHIPMENT_NOT_FOUND, 'the order has no shipment yet');
}

/** Neither an outage nor an unusable answer says whether the shipment exists. */
const hasNoAnswer = (error: unknown): boolean =>
  error instanceof AppError && ['unavailable', 'bad_gateway'].includes(error.kind);

/** The call continues, and its outcome still counts for the circuit breaker. */
function noAnswer(): never {
  throw new AppError(UNAVAILABLE, 'the Delivery Service does not respond');
}
