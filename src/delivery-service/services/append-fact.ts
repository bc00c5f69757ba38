import { v7 as uuidv7 } from 'uuid';
import { DELIVERY_STATUS_QUEUE } from '../../shared/contracts/queue-names';
import { appendEvent } from '../../shared/event-log/append-event';
import { type Origin } from '../../shared/event-log/event';
import { type Transaction } from '../../shared/postgres/queryable';
import { type ShipmentStep } from '../domain/shipment';

/** Writes a step's fact to the event log, in the step's transaction and under the shipment's new version. */
export async function appendFact(
  tx: Transaction,
  { shipment, fact }: ShipmentStep,
  origin: Origin,
): Promise<void> {
  const event = {
    eventId: uuidv7(),
    orderId: shipment.orderId,
    version: shipment.version,
    type: fact.type,
    payload: fact.payload,
    occurredAt: shipment.updatedAt,
    queue: DELIVERY_STATUS_QUEUE,
  };
  await appendEvent(tx, event, origin);
}
