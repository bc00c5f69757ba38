import {
  RECONCILIATION_BATCH,
  REPORTED_STEPS,
  type ReportedShipment,
  restoredShipments,
  type RestoreOutcome,
} from '../../../shared/contracts/reconciliation';
import { type ShipmentResource } from '../../../shared/contracts/shipment-resource';
import { AppError } from '../../../shared/errors';
import { eventsOfEach } from '../../../shared/event-log/read-events';
import { type Queryable } from '../../../shared/postgres/queryable';
import { type ServiceClient } from '../../../shared/resilience/service-client';
import { type OrderView } from '../../orders/domain/compare-shipment';
import { reportedShipmentOf } from '../../orders/domain/reported-shipment';

export interface Restoration {
  order: OrderView;
  /** `not_restored`: the order log has nothing to restore the shipment from, or the Delivery Service refused it. */
  outcome: RestoreOutcome | 'not_restored';
  shipment: ShipmentResource | null;
  /** Why the Delivery Service refused it. */
  error?: AppError;
}

/** The size of a request in bytes; leaves room below the limit of 100 kB of a body. */
const MAX_BODY_BYTES = 60_000;

type Answer = Omit<Restoration, 'order'> & { order_id: string };

const NOT_RESTORED: Omit<Restoration, 'order'> = { outcome: 'not_restored', shipment: null };

/**
 * Sends the Delivery Service what it has reported of these orders' shipments, from the order logs. The Delivery Service owns the parcels:
 * it adds the steps that it has lost, creates shipments that are missing, and continues from there. A repeat changes nothing.
 *
 * @param missing the orders that have no shipment at the Delivery Service
 * @throws AppError `unavailable` when the Delivery Service does not answer.
 */
export async function restoreShipments(
  db: Queryable,
  deliveryService: ServiceClient,
  orders: readonly OrderView[],
  missing: ReadonlySet<string>,
): Promise<Restoration[]> {
  if (orders.length === 0) return [];
  const logs = await eventsOfEach(
    db,
    orders.map(({ orderId }) => orderId),
  );
  const reports = orders.flatMap((order) => {
    const reported = reportedShipmentOf(order, logs.get(order.orderId) ?? []);
    return reported && reported.steps.length <= REPORTED_STEPS ? [withNeededOrder(reported, missing)] : [];
  });
  const answers = new Map<string, Answer>();
  for (const request of requestsOf(reports))
    for (const answer of await send(deliveryService, request)) answers.set(answer.order_id, answer);
  return orders.map((order) => {
    const { outcome, shipment, error } = answers.get(order.orderId) ?? NOT_RESTORED;
    return { order, outcome, shipment, ...(error && { error }) };
  });
}

/** If the Delivery Service refuses a request, each shipment is sent alone, so that one refused shipment does not stop the others. */
async function send(deliveryService: ServiceClient, shipments: ReportedShipment[]): Promise<Answer[]> {
  try {
    const call = { method: 'POST', path: '/reconciliation/reported', body: { shipments } } as const;
    return (await deliveryService.send(call, restoredShipments)).data;
  } catch (error) {
    if (!(error instanceof AppError) || error.retryable) throw error;
    const [first] = shipments;
    if (shipments.length === 1 && first) return [{ ...NOT_RESTORED, order_id: first.order_id, error }];
    const answers: Answer[] = [];
    for (const shipment of shipments) answers.push(...(await send(deliveryService, [shipment])));
    return answers;
  }
}

/** The order is needed only if the shipment is missing. */
const withNeededOrder = (
  { order, ...rest }: ReportedShipment,
  missing: ReadonlySet<string>,
): ReportedShipment => (missing.has(rest.order_id) && order ? { ...rest, order } : rest);

/** Splits the shipments into requests of the allowed size. */
function requestsOf(shipments: readonly ReportedShipment[]): ReportedShipment[][] {
  const requests: ReportedShipment[][] = [];
  let room = 0;
  for (const shipment of shipments) {
    const size = Buffer.byteLength(JSON.stringify(shipment));
    const request = requests.at(-1);
    if (request && size <= room && request.length < RECONCILIATION_BATCH) request.push(shipment);
    else {
      requests.push([shipment]);
      room = MAX_BODY_BYTES;
    }
    room -= size;
  }
  return requests;
}
