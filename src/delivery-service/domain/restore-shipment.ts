import { type ReportedShipment, type ReportedStep } from '../../shared/contracts/reconciliation';
import { pathTo, relationOf, shipmentMachine } from '../../shared/contracts/status-machines';
import { type NextStep, type Shipment, type ShipmentStep } from './shipment';

/** A step as this service's log has it, or as it was reported. */
export type LoggedStep = Pick<ReportedStep, 'version' | 'type' | 'payload'>;

/**
 * What a shipment has to go through to be where it was reported to be:
 * - `restored`: these steps, which nobody needs to be told of again; the first one makes the shipment when there is none;
 * - `unchanged`: it has been there already;
 * - `contradicting`: it took another branch since, or what was reported follows no table;
 * - `unknown`: there is none, and the order that it would be made for was not sent along.
 */
export type Restoration =
  { outcome: 'restored'; steps: ShipmentStep[] } | { outcome: 'unchanged' | 'contradicting' | 'unknown' };

/**
 * Compares a shipment with what this service has reported of it, before its database was restored. Where the log is only shorter, the
 * very steps are added under their versions. Where it has gone on by itself, only its state is brought forward, as far as the table
 * allows.
 *
 * @param log the steps of the shipment, oldest first; empty when there is none
 * @param nextStepInMs when the carrier is to be asked, unless the shipment has ended
 */
export function restoreShipment(
  current: Shipment | null,
  log: readonly LoggedStep[],
  reported: ReportedShipment,
  nextStepInMs: number,
): Restoration {
  const { steps } = reported;
  const last = lastState(steps);
  if (!last || !isLawful(steps)) return { outcome: 'contradicting' };
  if (!current) return restoredFrom(newShipment(reported), steps, nextStepInMs);
  if (steps.length > log.length && isStartOf(log, steps))
    return restoredFrom(current, steps.slice(log.length), nextStepInMs);
  if (isStartOf(steps, log)) return { outcome: 'unchanged' };
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

/** Versions without a gap, statuses as the table has them, attempts counted with them. */
function isLawful(steps: readonly ReportedStep[]): boolean {
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
  const round = next.status === 'OUT_FOR_DELIVERY' ? 1 : 0;
  return shipmentMachine.isAllowed(before.status, next.status) && next.attempts === before.attempts + round;
}

function isStartOf(some: readonly LoggedStep[], all: readonly LoggedStep[]): boolean {
  return some.every((step, index) => isSameStep(step, all[index]));
}

function isSameStep(one: LoggedStep, other: LoggedStep | undefined): boolean {
  if (one.type !== other?.type) return false;
  const [a, b] = [statusOf(one), statusOf(other)];
  if (!a || !b) return true;
  return SAME.every((member) => a[member] === b[member]) && timeOf(a) === timeOf(b);
}

const SAME = ['status', 'attempts', 'carrier', 'tracking_number'] as const;

const timeOf = ({ estimated_delivery: date }: StatusPayload): number | null =>
  date === null ? null : Date.parse(date);

/** The way from where it is to where it was reported to be, with the shipping that was reported last. */
function stepsBetween(from: Shipment, to: StatusPayload, steps: readonly ReportedStep[]): StatusStep[] {
  const at = steps.at(-1)?.occurred_at ?? '';
  const way = pathTo(to).slice(pathTo(from).length);
  let previous = from.status;
  return way.map(({ status, attempts }, index) => {
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

/** Before its first step. */
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
  const taken = steps.map((step): ShipmentStep => {
    const before = shipment;
    shipment = after(before, step);
    const payload = { ...step.payload, shipment_id: shipment.shipmentId };
    return {
      shipment,
      fact: { type: step.type, payload },
      nextStep: nextStepAfter(before, shipment, nextStepInMs),
    };
  });
  return { outcome: 'restored', steps: taken };
}

/** One that only got other shipping, or refused to be cancelled, goes on as planned: it may be held. */
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
