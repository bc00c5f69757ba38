import { type ReportedShipment, type ReportedStep } from '../../shared/contracts/reconciliation';
import { pathTo, relationOf, shipmentMachine } from '../../shared/contracts/status-machines';
import { type NextStep, type Shipment, type ShipmentStep } from './shipment';

/** A step as the log of the Delivery Service has it, or a reported step. */
export type LoggedStep = Pick<ReportedStep, 'version' | 'type' | 'payload'>;

/**
 * The result of comparing a shipment with its reported steps:
 * - `restored`: the steps to add, whose messages are not sent again; if there is no shipment, the first step creates it;
 * - `unchanged`: the shipment has already reached the reported state;
 * - `contradicting`: the shipment took another branch since, or the reported steps do not follow the status table;
 * - `unknown`: there is no shipment, and the report does not contain the order for which to create it.
 */
export type Restoration =
  { outcome: 'restored'; steps: ShipmentStep[] } | { outcome: 'unchanged' | 'contradicting' | 'unknown' };

const COMPARED_MEMBERS = ['status', 'attempts', 'carrier', 'tracking_number'] as const;

/**
 * Compares a shipment with what the Delivery Service reported of it before its database was restored. If its log is only shorter, the
 * missing steps are added under their versions. If the shipment has taken other steps since, only its state is brought forward, as far as
 * the status table allows.
 *
 * @param log the steps of the shipment, oldest first; empty when there is none
 * @param nextStepInMs when to ask the carrier, in milliseconds, unless the shipment has ended
 */
export function restoreShipment(
  current: Shipment | null,
  log: readonly LoggedStep[],
  reported: ReportedShipment,
  nextStepInMs: number,
): Restoration {
  const { steps } = reported;
  const last = lastState(steps);
  if (!last || !isValidHistory(steps)) return { outcome: 'contradicting' };
  if (!current) return restoredFrom(newShipment(reported), steps, nextStepInMs);
  if (steps.length > log.length && isPrefixOf(log, steps))
    return restoredFrom(current, steps.slice(log.length), nextStepInMs);
  if (isPrefixOf(steps, log)) return { outcome: 'unchanged' };
  const relation = relationOf(current, last);
  if (relation === 'apart') return { outcome: 'contradicting' };
  return relation === 'before'
    ? restoredFrom(current, stepsBetween(current, last, steps), nextStepInMs)
    : { outcome: 'unchanged' };
}

type StatusStep = Extract<ReportedStep, { type: 'SHIPMENT_STATUS_CHANGED' }>;
type StatusPayload = StatusStep['payload'];

const statusOf = (step: LoggedStep): StatusPayload | null =>
  step.type === 'SHIPMENT_STATUS_CHANGED' ? (step.payload as StatusPayload) : null;

function lastState(steps: readonly ReportedStep[]): StatusPayload | null {
  const states = steps.flatMap((step) => statusOf(step) ?? []);
  return states.at(-1) ?? null;
}

/** Whether the versions have no gap, the statuses follow the table, and the attempts are counted accordingly. */
function isValidHistory(steps: readonly ReportedStep[]): boolean {
  let before: StatusPayload | null = null;
  return steps.every((step, index) => {
    if (step.version !== index + 1) return false;
    const next = statusOf(step);
    if (!next) return before !== null;
    const isNext = follows(before, next);
    before = next;
    return isNext;
  });
}

function follows(before: StatusPayload | null, next: StatusPayload): boolean {
  if (!before) return next.status === 'PROCESSING' && next.attempts === 0;
  if (next.status === before.status) return next.attempts === before.attempts;
  const attempt = next.status === 'OUT_FOR_DELIVERY' ? 1 : 0;
  return shipmentMachine.isAllowed(before.status, next.status) && next.attempts === before.attempts + attempt;
}

function isPrefixOf(prefix: readonly LoggedStep[], steps: readonly LoggedStep[]): boolean {
  return prefix.every((step, index) => isSameStep(step, steps[index]));
}

function isSameStep(one: LoggedStep, other: LoggedStep | undefined): boolean {
  if (one.type !== other?.type) return false;
  const [a, b] = [statusOf(one), statusOf(other)];
  if (!a || !b) return true;
  return COMPARED_MEMBERS.every((member) => a[member] === b[member]) && timeOf(a) === timeOf(b);
}

const timeOf = ({ estimated_delivery: date }: StatusPayload): number | null =>
  date === null ? null : Date.parse(date);

/** The steps from the current state to the reported one, with the shipping data that was reported last. */
function stepsBetween(from: Shipment, to: StatusPayload, steps: readonly ReportedStep[]): StatusStep[] {
  const at = steps.at(-1)?.occurred_at ?? '';
  const path = pathTo(to).slice(pathTo(from).length);
  let previous = from.status;
  return path.map(({ status, attempts }, index) => {
    const payload = { ...to, status, attempts, previous_status: previous };
    previous = status;
    return {
      type: 'SHIPMENT_STATUS_CHANGED',
      version: from.version + index + 1,
      occurred_at: at,
      payload,
    };
  });
}

/** The shipment before its first step; null without its order. */
function newShipment(reported: ReportedShipment): Shipment | null {
  const { order, order_id: orderId, shipment_id: shipmentId, correlation_id: correlationId } = reported;
  const createdAt = new Date(reported.steps[0]?.occurred_at ?? 0);
  return order === undefined
    ? null
    : {
        shipmentId,
        orderId,
        clientId: order.client_id,
        customerId: order.customer_id,
        items: order.items,
        status: 'PROCESSING',
        version: 0,
        attempts: 0,
        carrier: null,
        trackingNumber: null,
        estimatedDelivery: null,
        correlationId,
        traceparent: reported.traceparent,
        createdAt,
        updatedAt: createdAt,
      };
}

function restoredFrom(
  start: Shipment | null,
  steps: readonly ReportedStep[],
  nextStepInMs: number,
): Restoration {
  if (!start) return { outcome: 'unknown' };
  let shipment = start;
  const added = steps.map((step): ShipmentStep => {
    const before = shipment;
    shipment = after(before, step);
    const payload = { ...step.payload, shipment_id: shipment.shipmentId };
    return {
      shipment,
      event: { type: step.type, payload },
      nextStep: nextStepAfter(before, shipment, nextStepInMs),
    };
  });
  return { outcome: 'restored', steps: added };
}

/** A step that only changed the shipping data or refused a cancellation keeps the planned time: the shipment may be held. */
function nextStepAfter(before: Shipment, { status }: Shipment, nextStepInMs: number): NextStep {
  if (shipmentMachine.isEnd(status)) return 'never';
  return before.version > 0 && before.status === status ? 'as planned' : nextStepInMs;
}

function after(shipment: Shipment, step: ReportedStep): Shipment {
  const next = { ...shipment, version: shipment.version + 1, updatedAt: new Date(step.occurred_at) };
  const state = statusOf(step);
  if (!state) return next;
  return {
    ...next,
    status: state.status,
    attempts: state.attempts,
    carrier: state.carrier,
    trackingNumber: state.tracking_number,
    estimatedDelivery: state.estimated_delivery === null ? null : new Date(state.estimated_delivery),
  };
}
