import { UNAVAILABLE } from '../../../shared/contracts/problem';
import {
  ACTOR_HEADER,
  type OrderStepBody,
  type ShipmentResource,
  shipmentResource,
  type ShipmentStepBody,
  type ShippingChange,
} from '../../../shared/contracts/shipment-resource';
import {
  orderStatusFor,
  type ShipmentStatus,
  shipmentStatusFor,
} from '../../../shared/contracts/status-machines';
import {
  AppError,
  type ExpectedVersions,
  IllegalTransitionError,
  requireVersion,
} from '../../../shared/errors';
import { type Origin } from '../../../shared/event-log/event';
import { type Order } from '../../orders/domain/order';
import { catchUpWith, type CatchUpDependencies, shipmentsOf } from './catch-up-order';
import { getOrder } from '../../orders/use-cases/get-order';

/** The order that an operator changes, and the versions from which the change is allowed. */
export interface OrderTarget {
  orderId: string;
  clientId: string | null;
  expected: ExpectedVersions;
}

/**
 * Sends the step to the Delivery Service, which owns the parcel, and at once applies the messages that it reports. If the Delivery Service
 * refuses the step, the order does not change.
 *
 * @throws AppError `not_found`; `precondition_failed`; IllegalTransitionError with the statuses that the order can take instead;
 * `unavailable` when the Delivery Service does not answer or has not accepted the order yet; `bad_gateway` when its answer cannot be used.
 */
export async function changeOrderStatus(
  deps: CatchUpDependencies,
  target: OrderTarget,
  step: OrderStepBody,
  origin: Origin,
): Promise<Order> {
  const body: ShipmentStepBody = { ...step, status: shipmentStatusFor(step.status) };
  return change(deps, target, origin, 'status', body, (order, refusal) =>
    refusal.code === 'illegal_transition'
      ? new IllegalTransitionError(order.status, step.status, orderStatusesOf(refusal.allowed))
      : refusal,
  );
}

/**
 * Sends another carrier, tracking number or expected day to the Delivery Service, and applies the change at once.
 *
 * @throws AppError as {@link changeOrderStatus}; `conflict` when the shipment has ended.
 */
export async function changeOrderShipping(
  deps: CatchUpDependencies,
  target: OrderTarget,
  shipping: ShippingChange,
  origin: Origin,
): Promise<Order> {
  return change(deps, target, origin, 'shipping', shipping, (_order, refusal) => refusal);
}

async function change(
  deps: CatchUpDependencies,
  target: OrderTarget,
  origin: Origin,
  part: 'status' | 'shipping',
  body: ShipmentStepBody | ShippingChange,
  toOrderError: (order: Order, refusal: AppError) => AppError,
): Promise<Order> {
  const { shipment, order } = await current(deps, target, origin);
  requireVersion(target.expected, order.version);
  try {
    const headers = {
      [ACTOR_HEADER]: origin.actor,
      // The operator saw the shipment at this version: if it took a step since, the change is refused.
      ...(target.expected && { 'If-Match': `"${order.shipmentVersion}"` }),
    };
    const path = `/shipments/${shipment.shipment_id}/${part}`;
    await deps.deliveryService.send({ method: 'PUT', path, body, headers }, shipmentResource);
  } catch (error) {
    if (!(error instanceof AppError) || !['conflict', 'precondition_failed'].includes(error.kind))
      throw error;
    const now = await afterCatchUp(deps, target, shipment, order, origin);
    if (error.kind === 'precondition_failed') requireVersion([], now.version);
    throw toOrderError(now, error);
  }
  return afterCatchUp(deps, target, shipment, order, origin);
}

/** The shipment, and the order after all messages of the shipment: the version of an older order must not be compared. */
async function current(deps: CatchUpDependencies, target: OrderTarget, origin: Origin) {
  const db = deps.db;
  const order = await getOrder(db, target.orderId, target.clientId);
  const [shipment] = await shipmentsOf(deps.deliveryService, [target.orderId]);
  if (!shipment) {
    const detail = 'the Delivery Service has not accepted the order yet; try again in a moment';
    throw new AppError(UNAVAILABLE, detail);
  }
  if (shipment.version <= order.shipmentVersion) return { shipment, order };
  return { shipment, order: await afterCatchUp(deps, target, shipment, order, origin) };
}

/** A message names its actor if an operator took the step; all other steps are those of the carrier, reported by the Delivery Service. */
async function afterCatchUp(
  deps: CatchUpDependencies,
  { orderId, clientId }: OrderTarget,
  shipment: ShipmentResource,
  { shipmentVersion }: Order,
  origin: Origin,
): Promise<Order> {
  await catchUpWith(deps, shipment, shipmentVersion, { ...origin, actor: 'delivery-service' });
  return getOrder(deps.db, orderId, clientId);
}

const orderStatusesOf = (statuses: readonly string[] = []): string[] =>
  statuses.map((status) => orderStatusFor(status as ShipmentStatus) ?? 'PENDING_SHIPMENT');
