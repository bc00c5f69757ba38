import { type Pool } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { type OrderCancelRequested, type OrderCreated } from '../../shared/contracts/order-messages';
import { type Origin } from '../../shared/event-log/event';
import { recordMessages } from '../../shared/event-log/inbox';
import { createGroupCommit } from '../../shared/postgres/group-commit';
import { type Transaction } from '../../shared/postgres/queryable';
import { inTransaction } from '../../shared/postgres/transaction';
import { crashPoint } from '../../shared/resilience/crash-point';
import { acceptOrder } from '../domain/accept-order';
import { insertShipments } from '../store/shipment-store';
import { appendFacts } from './append-facts';

export interface ShipmentDependencies {
  pool: Pool;
  /** When the carrier is to be asked about a new shipment, in milliseconds. */
  firstStepInMs: number;
}

/** A message about an order, and the origin of what it causes. */
export interface OrderMessage<M> {
  message: M;
  origin: Origin;
}

export type AcceptOrder = (created: OrderMessage<OrderCreated>) => Promise<boolean>;

/**
 * Makes the shipments of orders: inbox, shipment and event are one transaction, so a message that comes again, or under another id,
 * changes nothing. Orders that come at the same time share the transaction. True when a shipment was made.
 */
export function orderAcceptance({ pool, firstStepInMs }: ShipmentDependencies): AcceptOrder {
  return createGroupCommit({
    keyOf: ({ message }: OrderMessage<OrderCreated>) => message.order_id,
    work: (created) =>
      inTransaction(pool, async (tx) => {
        const unseen = await recordMessages(tx, idsOf(created));
        const isNew = await ensureShipments(
          tx,
          created.filter(({ message }) => unseen.has(message.id)),
          firstStepInMs,
        );
        crashPoint('accept-order.before-commit');
        return created.map(({ message }) => ({ value: isNew.has(message.order_id) }));
      }),
  });
}

/** Makes the shipments of those orders that have none yet, whose ids are returned; one shipment per order is a constraint of the table. */
export async function ensureShipments(
  tx: Transaction,
  messages: readonly OrderMessage<OrderCreated | OrderCancelRequested>[],
  firstStepInMs: number,
): Promise<Set<string>> {
  const now = new Date();
  const steps = messages.map(({ message: { order_id: orderId, payload: order }, origin }) => ({
    step: acceptOrder({ ...origin, orderId, order, shipmentId: uuidv7(), firstStepInMs }, now),
    origin,
  }));
  const inserted = await insertShipments(
    tx,
    steps.map(({ step }) => step),
  );
  appendFacts(
    tx,
    steps.filter(({ step }) => inserted.has(step.shipment.orderId)),
  );
  return inserted;
}

const idsOf = (created: readonly OrderMessage<OrderCreated>[]): string[] =>
  created.map(({ message }) => message.id);
