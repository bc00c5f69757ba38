import { pathTo, type ShipmentStatus, shipmentStatusFor } from '../../../shared/contracts/status-machines';
import { type OrderSnapshot } from '../../../shared/contracts/messages';
import { type ReportedShipment, type ReportedStep } from '../../../shared/contracts/reconciliation';
import { type OrderView, stateOf } from './compare-shipment';

/** An event of the order's log. */
export interface LoggedFact {
  type: string;
  payload: unknown;
  actor: string;
  correlationId: string;
  traceparent: string;
  occurredAt: Date;
}

/** Older events lack some members, because the log did not store them yet. */
interface FactPayload extends Partial<Shipping> {
  status?: OrderView['status'];
  shipment_id?: string;
  shipment_version?: number;
  attempts?: number;
}

type Shipping = Pick<StatusStep['payload'], 'carrier' | 'tracking_number' | 'estimated_delivery'>;
type StatusStep = Extract<ReportedStep, { type: 'SHIPMENT_STATUS_CHANGED' }>;

type Refusal = Extract<ReportedStep, { type: 'SHIPMENT_CANCEL_REFUSED' }>;

/** The actors of steps that the carrier took; any other actor is an operator. */
const SERVICES = ['delivery-service', 'order-reconciler'];

const NO_SHIPPING: Shipping = { carrier: null, tracking_number: null, estimated_delivery: null };

/**
 * Rebuilds, from the order's log, what the Delivery Service has reported of the order's shipment: the same steps under the same versions.
 * If the versions were renumbered since (`alignWithShipment`), returns the shortest path to the order's state instead. Returns null when
 * the log names no shipment, because nothing after its acceptance was reported.
 */
export function reportedShipmentOf(order: OrderView, log: readonly LoggedFact[]): ReportedShipment | null {
  const created = log.find(({ type }) => type === 'ORDER_CREATED');
  const facts = log.filter(({ type }) => type in STEP_OF);
  const shipmentId = facts.map(payloadOf).find(({ shipment_id: id }) => id !== undefined)?.shipment_id;
  if (!created || shipmentId === undefined) return null;
  const history = new History(order, shipmentId, created.occurredAt);
  for (const fact of facts) STEP_OF[fact.type]?.(history, fact);
  history.refuseUpTo(order.shipmentVersion);
  return {
    order_id: order.orderId,
    shipment_id: shipmentId,
    correlation_id: created.correlationId,
    traceparent: created.traceparent,
    order: created.payload as OrderSnapshot,
    steps: history.matches(order) ? history.steps : shortestHistory(order, shipmentId, log).steps,
  };
}

const STEP_OF: Record<string, (history: History, fact: LoggedFact) => void> = {
  ORDER_STATUS_CHANGED: (history, fact) => history.changeStatus(fact),
  ORDER_SHIPPING_CHANGED: (history, fact) => history.changeStatus(fact),
  ORDER_CANCEL_REFUSED: (history, fact) => {
    const version = payloadOf(fact).shipment_version ?? history.steps.length + 1;
    history.refuseUpTo(version, fact.occurredAt);
  },
};

/**
 * The steps of the shortest path to the order's state, then steps that change nothing, up to the shipment version that the order has
 * applied.
 */
function shortestHistory(order: OrderView, shipmentId: string, log: readonly LoggedFact[]): History {
  const at = log.at(-1)?.occurredAt ?? new Date(0);
  const [, ...path] = pathTo(stateOf(order));
  const history = new History(order, shipmentId, at);
  for (const state of path) history.add(state.status, state.attempts, shippingMembers(order), at);
  while (history.steps.length < order.shipmentVersion)
    history.add(history.status, history.attempts, shippingMembers(order), at);
  return history;
}

class History {
  readonly steps: ReportedStep[] = [];
  status: ShipmentStatus = 'PROCESSING';
  attempts = 0;

  constructor(
    private readonly order: OrderView,
    private readonly shipmentId: string,
    private lastAt: Date,
  ) {
    this.add('PROCESSING', 0, NO_SHIPPING, lastAt);
  }

  changeStatus(fact: LoggedFact): void {
    const payload = payloadOf(fact);
    if (payload.shipment_version !== undefined) this.refuseUpTo(payload.shipment_version - 1);
    const status = shipmentStatusFor(payload.status ?? this.order.status);
    const shipping =
      payload.carrier === undefined ? shippingMembers(this.order) : { ...NO_SHIPPING, ...payload };
    const actor = SERVICES.includes(fact.actor) ? undefined : fact.actor;
    this.add(status, payload.attempts ?? this.attempts, shipping, fact.occurredAt, actor);
  }

  add(status: ShipmentStatus, attempts: number, shipping: Shipping, at: Date, actor?: string): void {
    const payload = {
      shipment_id: this.shipmentId,
      status,
      previous_status: this.steps.length === 0 ? null : this.status,
      carrier: shipping.carrier,
      tracking_number: shipping.tracking_number,
      estimated_delivery: shipping.estimated_delivery,
      attempts,
      ...(actor !== undefined && { actor }),
    };
    this.push({ type: 'SHIPMENT_STATUS_CHANGED', payload }, at);
    this.status = status;
    this.attempts = attempts;
  }

  /** Adds refusals up to `version`. Repeated refusals are the only messages that leave no event in the order's log. */
  refuseUpTo(version: number, at = this.lastAt): void {
    const payload = { shipment_id: this.shipmentId, status: this.status };
    while (this.steps.length < version) this.push({ type: 'SHIPMENT_CANCEL_REFUSED', payload }, at);
  }

  matches({ shipmentVersion, status, attempts }: OrderView): boolean {
    const isSame = this.status === shipmentStatusFor(status) && this.attempts === attempts;
    return isSame && this.steps.length === shipmentVersion;
  }

  private push(
    step: Pick<StatusStep, 'type' | 'payload'> | Pick<Refusal, 'type' | 'payload'>,
    at: Date,
  ): void {
    this.lastAt = at;
    this.steps.push({
      ...step,
      version: this.steps.length + 1,
      occurred_at: at.toISOString(),
    } as ReportedStep);
  }
}

const payloadOf = ({ payload }: LoggedFact): FactPayload => payload as FactPayload;

const shippingMembers = ({ shipping }: OrderView): Shipping => ({
  carrier: shipping?.carrier ?? null,
  tracking_number: shipping?.trackingNumber ?? null,
  estimated_delivery: shipping?.estimatedDelivery?.toISOString() ?? null,
});
