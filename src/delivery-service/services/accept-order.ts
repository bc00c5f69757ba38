import { createHash } from 'node:crypto';
import { type OrderCancelRequested, type OrderCreated } from '../../shared/contracts/messages';
import { type Origin } from '../../shared/event-log/event';
import { recordMessages } from '../../shared/event-log/inbox';
import { type Logger } from '../../shared/observability/logger';
import { createGroupCommit } from '../../shared/postgres/group-commit';
import { type Database, type Transaction } from '../../shared/postgres/queryable';
import { declareCrashPoint } from '../../shared/resilience/crash-point';
import { acceptOrder } from '../domain/accept-order';
import { insertShipments } from '../store/shipment-store';
import { type Shipment } from '../domain/shipment';
import { appendFacts } from './append-facts';
import { logReceived, logRepeated } from './shipment-log';

const crashBeforeCommit = declareCrashPoint('accept-order.before-commit');

export interface ShipmentDependencies {
  db: Database;
  /** When the carrier is to be asked about a new shipment, in milliseconds. */
  firstStepInMs: number;
  logger: Logger;
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
export function orderAcceptance({ db, firstStepInMs, logger }: ShipmentDependencies): AcceptOrder {
  return createGroupCommit({
    keyOf: ({ message }: OrderMessage<OrderCreated>) => message.order_id,
    async work(created) {
      const made = await db.transaction(async (tx) => {
        const unseen = await recordMessages(tx, idsOf(created));
        const made = await ensureShipments(
          tx,
          created.filter(({ message }) => unseen.has(message.id)),
          firstStepInMs,
        );
        crashBeforeCommit();
        return made;
      });
      for (const { message } of created) logOutcome(logger, message, made.get(message.order_id));
      return created.map(({ message }) => ({ value: made.has(message.order_id) }));
    },
  });
}

function logOutcome(logger: Logger, message: OrderCreated, shipment: Shipment | undefined): void {
  if (shipment) logReceived(logger, message, shipment);
  else logRepeated(logger, message);
}

/**
 * Makes the shipments of those orders that have none yet; one shipment per order is a constraint of the table.
 *
 * @returns those that were made, by the id of the order
 */
export async function ensureShipments(
  tx: Transaction,
  messages: readonly OrderMessage<OrderCreated | OrderCancelRequested>[],
  firstStepInMs: number,
): Promise<Map<string, Shipment>> {
  const now = new Date();
  const steps = messages.map(({ message: { order_id: orderId, payload: order }, origin }) => ({
    step: acceptOrder({ ...origin, orderId, order, shipmentId: shipmentIdOf(orderId), firstStepInMs }, now),
    origin,
  }));
  const inserted = await insertShipments(
    tx,
    steps.map(({ step }) => step),
  );
  const made = steps.filter(({ step }) => inserted.has(step.shipment.orderId));
  appendFacts(tx, made);
  return new Map(made.map(({ step: { shipment } }) => [shipment.orderId, shipment]));
}

/**
 * The id of an order's shipment: the same whenever it is made, so that one that is made again after a restore is the same to clients and to
 * the carrier. A UUIDv7 with the time of the order's id, so that shipments sort by time too.
 */
export function shipmentIdOf(orderId: string): string {
  const hash = createHash('sha256').update(`shipment of ${orderId}`).digest('hex');
  const variant = ((parseInt(hash.slice(3, 4), 16) & 0x3) | 0x8).toString(16);
  return `${orderId.slice(0, 13)}-7${hash.slice(0, 3)}-${variant}${hash.slice(4, 7)}-${hash.slice(7, 19)}`;
}

const idsOf = (created: readonly OrderMessage<OrderCreated>[]): string[] =>
  created.map(({ message }) => message.id);
