import { type Pool } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { type OrderCancelRequested, type OrderCreated } from '../../shared/contracts/order-messages';
import { type Origin } from '../../shared/event-log/event';
import { recordMessage } from '../../shared/event-log/inbox';
import { type Transaction } from '../../shared/postgres/queryable';
import { inTransaction } from '../../shared/postgres/transaction';
import { crashPoint } from '../../shared/resilience/crash-point';
import { acceptOrder as accept } from '../domain/accept-order';
import { insertShipment } from '../store/shipment-store';
import { appendFact } from './append-fact';

export interface ShipmentDependencies {
  pool: Pool;
  /** When the carrier is to be asked about a new shipment, in milliseconds. */
  firstStepInMs: number;
}

/**
 * Makes the shipment of an order: inbox, shipment and event are one transaction, so a message that comes again, or under
 * another id, changes nothing. True when a shipment was made.
 */
export async function acceptOrder(
  deps: ShipmentDependencies,
  message: OrderCreated,
  origin: Origin,
): Promise<boolean> {
  return inTransaction(deps.pool, async (tx) => {
    if (!(await recordMessage(tx, message.id))) return false;
    const isNew = await ensureShipment(tx, message, deps.firstStepInMs, origin);
    crashPoint('accept-order.before-commit');
    return isNew;
  });
}

/** Makes the shipment when the order has none yet; one shipment per order is a constraint of the table. */
export async function ensureShipment(
  tx: Transaction,
  message: OrderCreated | OrderCancelRequested,
  firstStepInMs: number,
  origin: Origin,
): Promise<boolean> {
  const { order_id: orderId, payload: order } = message;
  const step = accept({ ...origin, orderId, order, shipmentId: uuidv7(), firstStepInMs }, new Date());
  const isNew = await insertShipment(tx, step);
  if (isNew) await appendFact(tx, step, origin);
  return isNew;
}
