import { type ShipmentMessage } from '../../../shared/contracts/messages';
import { type LoggedEvent } from '../../../shared/event-log/event';
import { type Logger } from '../../../shared/observability/logger';
import { type Order } from '../domain/order';
import { type StepWithOrigin } from './append-step-events';

/*
 * The log lines about an order in this service: docs/FOLLOW_AN_ORDER.md. Each event is one line, written after the commit with the time
 * of the event, so that the lines of both services sort by time. The lines contain no customer, address or free text.
 */

export function logPlaced(logger: Logger, order: Order, event: LoggedEvent): void {
  logger.info('order placed', {
    ...ofEvent(event),
    status: order.status,
    client_id: order.clientId,
    items: order.items.length,
  });
}

/** A repeated request, answered with the order that the first one created. */
export function logReplayed(logger: Logger, orderId: string): void {
  logger.debug('order replayed', { order_id: orderId });
}

export function logCancelRequested(logger: Logger, { status }: Order, event: LoggedEvent): void {
  logger.info('cancellation requested', {
    ...ofEvent(event),
    status,
    owner: event.owner,
    actor: event.actor,
  });
}

/** A message of the Delivery Service and the step of the order that it caused. */
export interface AppliedMessage extends StepWithOrigin {
  message: ShipmentMessage;
  at: Date;
}

export function logApplied(logger: Logger, { message, step: { order }, origin, at }: AppliedMessage): void {
  const { payload } = message;
  const isRefusal = message.type === 'SHIPMENT_CANCEL_REFUSED';
  const isSameStatus = 'previous_status' in payload && payload.previous_status === payload.status;
  const text = isRefusal ? 'cancellation refused' : isSameStatus ? 'shipping applied' : 'status applied';
  logger.info(text, {
    order_id: order.orderId,
    correlation_id: origin.correlationId,
    event_id: message.id,
    version: order.version,
    status: order.status,
    shipment_id: payload.shipment_id,
    shipment_status: payload.status,
    shipment_version: message.version,
    ...('carrier' in payload && payload.carrier !== null && { carrier: payload.carrier }),
    actor: origin.actor,
    timestamp: at.toISOString(),
  });
}

/** A message that was applied before. */
export function logSeen(logger: Logger, { order_id, correlation_id, id, version }: ShipmentMessage): void {
  logger.debug('repeated message dropped', {
    order_id,
    correlation_id,
    event_id: id,
    shipment_version: version,
  });
}

const ofEvent = ({ subjectId, correlationId, eventId, version, occurredAt }: LoggedEvent) => ({
  order_id: subjectId,
  correlation_id: correlationId,
  event_id: eventId,
  version,
  timestamp: occurredAt.toISOString(),
});
