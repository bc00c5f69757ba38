import {
  RECONCILIATION_BATCH,
  REPORTED_STEPS,
  type ReportedShipment,
  restoredShipments,
  type RestoreOutcome,
} from '../../../shared/contracts/reconciliation';
import { type ShipmentResource } from '../../../shared/contracts/shipment-resource';
import { AppError } from '../../../shared/errors';
import { eventsOfOrders } from '../../../shared/event-log/read-events';
import { type Queryable } from '../../../shared/postgres/queryable';
import { type ServiceClient } from '../../../shared/resilience/service-client';
import { type OrderView } from '../../orders/domain/compare-shipment';
import { reportedShipmentOf } from '../../orders/domain/reported-shipment';

export interface Restoration {
  order: OrderView;
  /** `untold`: nothing is known that the Delivery Service could be told. */
  outcome: RestoreOutcome | 'untold';
  shipment: ShipmentResource | null;
  /** Why it could not be told. */
  error?: AppError;
}

/** Room for one more request's worth of steps below the 100 kB that a body may have. */
const LONGEST_BODY = 60_000;

/**
 * Tells the Delivery Service what it has reported of these orders' shipments, as the orders' logs have it. It owns the parcels: it
 * writes down what it has forgotten, makes shipments that are gone, and goes on from there. Telling it again changes nothing.
 *
 * @param missing the orders that have no shipment there
 * @throws AppError `unavailable` when the Delivery Service does not answer.
 */
export async function restoreShipments(
  db: Queryable,
  deliveryService: ServiceClient,
  orders: readonly OrderView[],
  missing: ReadonlySet<string>,
): Promise<Restoration[]> {
  if (orders.length === 0) return [];
  const logs = await eventsOfOrders(
    db,
    orders.map(({ orderId }) => orderId),
  );
  const told = orders.flatMap((order) => {
    const reported = reportedShipmentOf(order, logs.get(order.orderId) ?? []);
    return reported && reported.steps.length <= REPORTED_STEPS ? [only(reported, missing)] : [];
  });
  const answers = new Map<string, Answer>();
  for (const request of requestsOf(told))
    for (const answer of await tell(deliveryService, request)) answers.set(answer.order_id, answer);
  return orders.map((order) => {
    const { outcome, shipment, error } = answers.get(order.orderId) ?? UNTOLD;
    return { order, outcome, shipment, ...(error && { error }) };
  });
}

type Answer = Omit<Restoration, 'order'> & { order_id: string };

const UNTOLD: Omit<Restoration, 'order'> = { outcome: 'untold', shipment: null };

/** Of several shipments one that the Delivery Service refuses must not stand in the way of the others. */
async function tell(deliveryService: ServiceClient, shipments: ReportedShipment[]): Promise<Answer[]> {
  try {
    const call = { method: 'POST', path: '/reconciliation/reported', body: { shipments } } as const;
    return (await deliveryService.send(call, restoredShipments)).data;
  } catch (error) {
    if (!(error instanceof AppError) || error.retryable) throw error;
    const [first] = shipments;
    if (shipments.length === 1 && first) return [{ ...UNTOLD, order_id: first.order_id, error }];
    const answers: Answer[] = [];
    for (const shipment of shipments) answers.push(...(await tell(deliveryService, [shipment])));
    return answers;
  }
}

/** The order itself is needed only where the shipment is gone. */
const only = ({ order, ...rest }: ReportedShipment, missing: ReadonlySet<string>): ReportedShipment =>
  missing.has(rest.order_id) && order ? { ...rest, order } : rest;

/** As many at a time as a request may carry. */
function requestsOf(shipments: readonly ReportedShipment[]): ReportedShipment[][] {
  const requests: ReportedShipment[][] = [];
  let room = 0;
  for (const shipment of shipments) {
    const size = Buffer.byteLength(JSON.stringify(shipment));
    const request = requests.at(-1);
    if (request && size <= room && request.length < RECONCILIATION_BATCH) request.push(shipment);
    else {
      requests.push([shipment]);
      room = LONGEST_BODY;
    }
    room -= size;
  }
  return requests;
}
