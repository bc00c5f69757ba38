import { type LoggedEvent } from '../../shared/event-log/event';
import { type Logger } from '../../shared/observability/logger';
import { type Shipment } from '../domain/shipment';
import { type ChangedHold } from '../store/held-shipment-store';

/*
 * The log lines about an order in this service: docs/FOLLOW_AN_ORDER.md. Each event is one line, written after the commit with the time
 * of the event, so that the lines of both services sort by time. The lines contain no customer, address or free text.
 */

interface CausingMessage {
  id: string;
  correlation_id: string;
}

/** The order arrived, and its shipment was created. */
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

/** A message that was handled before, or whose order has a shipment already. */
export function logRepeated(
  logger: Logger,
  { id, order_id, correlation_id }: CausingMessage & { order_id: string },
): void {
  logger.debug('repeated message dropped', { order_id, correlation_id, event_id: id });
}

/** The logged members of event payloads; an event has all or some of them. */
interface StepPayload {
  shipment_id: string;
  status: string;
  previous_status?: string | null;
  carrier?: string | null;
}

/** Logs steps of shipments, taken by the carrier or an operator. */
export function logSteps(logger: Logger, events: readonly LoggedEvent[]): void {
  for (const event of events) {
    const step = event.payload as StepPayload;
    const isRefusal = event.type === 'SHIPMENT_CANCEL_REFUSED';
    const isSameStatus = step.previous_status === step.status;
    const text = isRefusal ? 'cancellation refused' : isSameStatus ? 'shipping changed' : 'shipment step';
    logger.info(text, {
      order_id: event.subjectId,
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

/** A shipment whose reported steps were restored. */
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

/** Logs shipments that were held before the handover, or released. */
export function logHolds(logger: Logger, change: 'held' | 'released', holds: readonly ChangedHold[]): void {
  for (const { orderId: order_id, shipmentId: shipment_id, correlationId: correlation_id } of holds)
    logger.info(`shipment ${change}`, { order_id, correlation_id, shipment_id });
}
