import { type LoggedEvent } from '../../shared/event-log/event';
import { type Logger } from '../../shared/observability/logger';
import { type Shipment } from '../domain/shipment';
import { type ChangedHold } from '../store/held-shipment-store';

/*
 * The lines of an order's story in this service: docs/FOLLOW_AN_ORDER.md. One line for each moment, written after its commit with the
 * time of the event, so that the lines of both services sort as things happened. No customer, address or free text is in them.
 */

interface CausingMessage {
  id: string;
  correlation_id: string;
}

/** The order came here; its shipment is made. */
export function logReceived(
  logger: Logger,
  { id, correlation_id }: CausingMessage,
  shipment: Shipment,
): void {
  logger.info('order received', {
    order_id: shipment.orderId,
    correlation_id,
    event_id: id,
    shipment_id: shipment.shipmentId,
    status: shipment.status,
    version: shipment.version,
    timestamp: shipment.createdAt.toISOString(),
  });
}

/** A message that had its effect before, or whose order has its shipment already. */
export function logRepeated(
  logger: Logger,
  { id, order_id, correlation_id }: CausingMessage & { order_id: string },
): void {
  logger.debug('repeated message dropped', { order_id, correlation_id, event_id: id });
}

/** What the events of a shipment say of its steps; every type has these members or some of them. */
interface StepPayload {
  shipment_id: string;
  status: string;
  previous_status?: string | null;
  carrier?: string | null;
}

/** Steps of shipments, by the carrier or by hand. */
export function logSteps(logger: Logger, events: readonly LoggedEvent[]): void {
  for (const event of events) {
    const step = event.payload as StepPayload;
    const isRefusal = event.type === 'SHIPMENT_CANCEL_REFUSED';
    const isSameStatus = step.previous_status === step.status;
    const what = isRefusal ? 'cancellation refused' : isSameStatus ? 'shipping changed' : 'shipment step';
    logger.info(what, {
      order_id: event.orderId,
      correlation_id: event.correlationId,
      event_id: event.eventId,
      shipment_id: step.shipment_id,
      status: step.status,
      version: event.version,
      ...(step.carrier && { carrier: step.carrier }),
      actor: event.actor,
      timestamp: event.occurredAt.toISOString(),
    });
  }
}

/** A shipment has again what this service had reported of it. */
export function logRestored(
  logger: Logger,
  { orderId, shipmentId, status, version }: Shipment,
  { steps, correlationId }: { steps: number; correlationId: string },
): void {
  logger.info('shipment restored', {
    order_id: orderId,
    correlation_id: correlationId,
    shipment_id: shipmentId,
    status,
    version,
    steps,
  });
}

/** Shipments that are kept from being handed over, or go on. */
export function logHolds(logger: Logger, what: 'held' | 'released', holds: readonly ChangedHold[]): void {
  for (const { orderId: order_id, shipmentId: shipment_id, correlationId: correlation_id } of holds)
    logger.info(`shipment ${what}`, { order_id, correlation_id, shipment_id });
}
