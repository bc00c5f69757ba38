import { v7 as uuidv7 } from 'uuid';
import { DELIVERY_STATUS_QUEUE } from '../../shared/contracts/queues';
import { appendEvents } from '../../shared/event-log/append-events';
import { type LoggedEvent, type Origin } from '../../shared/event-log/event';
import { type Transaction } from '../../shared/postgres/queryable';
import { type ShipmentStep } from '../domain/shipment';

/** A step and the origin of its event: who caused it. */
export interface StepWithOrigin {
  step: ShipmentStep;
  origin: Origin;
}

/**
 * Writes the events of steps to the event log, in the transaction of the steps and under the new version of each shipment.
 *
 * @returns the events
 */
export function appendStepEvents(tx: Transaction, steps: readonly StepWithOrigin[]): LoggedEvent[] {
  return append(tx, steps, DELIVERY_STATUS_QUEUE);
}

/** Like {@link appendStepEvents}, for events that the Order Service reported itself: they are not sent. */
export function appendUnsentStepEvents(tx: Transaction, steps: readonly StepWithOrigin[]): void {
  append(tx, steps, null);
}

function append(tx: Transaction, steps: readonly StepWithOrigin[], queue: string | null): LoggedEvent[] {
  const events = steps.map(({ step: { shipment, event }, origin }) => ({
    ...origin,
    eventId: uuidv7(),
    subjectType: 'order',
    subjectId: shipment.orderId,
    owner: shipment.clientId,
    version: shipment.version,
    type: event.type,
    payload: event.payload,
    occurredAt: shipment.updatedAt,
    queue,
  }));
  appendEvents(tx, events);
  return events;
}
