import { pathTo, type ShipmentStatus, shipmentStatusFor } from '../../../shared/contracts/status-machines';
import { type OrderSnapshot, toMessagePayload } from '../../../shared/contracts/messages';
import { type ReportedShipment, type ReportedStep } from '../../../shared/contracts/reconciliation';
import { type OrderView, stateOf } from './compare-shipment';

/** An event of the order's log. */
export interface OrderLogEntry {
  type: string;
  payload: unknown;
  actor: string;
  correlationId: string;
  traceparent: string;
  occurredAt: Date;
}

/** Older events lack some members, because the log did not store them yet. */
interface EntryPayload extends Partial<Shipping> {
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
export function reportedShipmentOf(order: OrderView, log: readonly OrderLogEntry[]): ReportedShipment | null {
  const created = log.find(({ type }) => type === 'ORDER_CREATED');
  const entries = log.filter(({ type }) => type in STEP_OF);
  const shipmentId = entries.map(payloadOf).find(({ shipment_id: id }) => id !== undefined)?.shipment_id;
  if (!created || shipmentId === undefined) return null;
  const history = new History(order, shipmentId, created.occurredAt);
  for (const entry of entries) STEP_OF[entry.type]?.(history, entry);
  history.addRefusalsUpTo(order.shipmentVersion);
  return {
    order_id: order.orderId,
    shipment_id: shipmentId,
    correlation_id: created.correlationId,
    traceparent: created.traceparent,
    order: toMessagePayload(created.payload) as OrderSnapshot,
    steps: history.matches(order) ? history.steps : shortestHistory(order, shipmentId, log).steps,
  };
}

const STEP_OF: Record<string, (history: History, entry: OrderLogEntry) => void> = {
  ORDER_STATUS_CHANGED: (history, entry) => history.changeStatus(entry),
  ORDER_SHIPPING_CHANGED: (history, entry) => history.changeStatus(entry),
  ORDER_CANCEL_REFUSED: (history, entry) => {
    const version = payloadOf(entry).shipment_version ?? history.steps.length + 1;
    history.addRefusalsUpTo(version, entry.occurredAt);
  },
};

/**
 * The steps of the shortest path to the order's state, then steps that change nothing, up to the shipment version that the order has
 * applied.
 */
function shortestHistory(order: OrderView, shipmentId: string, log: readonly OrderLogEntry[]): History {
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

  changeStatus(entry: OrderLogEntry): void {
    const payload = payloadOf(entry);
    if (payload.shipment_version !== undefined) this.addRefusalsUpTo(payload.shipment_version - 1);
    const status = shipmentStatusFor(payload.status ?? this.order.status);
    const shipping =
      payload.carrier === undefined ? shippingMembers(this.order) : { ...NO_SHIPPING, ...payload };
    const actor = SERVICES.includes(entry.actor) ? undefined : entry.actor;
    this.add(status, payload.attempts ?? this.attempts, shipping, entry.occurredAt, actor);
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
  addRefusalsUpTo(version: number, at = this.lastAt): void {
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

const payloadOf = ({ payload }: OrderLogEntry): EntryPayload => payload as EntryPayload;

const shippingMembers = ({ shipping }: OrderView): Shipping => ({
  carrier: shipping?.carrier ?? null,
  tracking_number: shipping?.trackingNumber ?? null,
  estimated_delivery: shipping?.estimatedDelivery?.toISOString() ?? null,
});
