import { createHash } from 'node:crypto';
import { type OrderCancelRequested, type OrderCreated } from '../../shared/contracts/messages';
import { type Origin } from '../../shared/event-log/event';
import { recordMessages, recordNewMessages } from '../../shared/event-log/inbox';
import { type Logger } from '../../shared/observability/logger';
import { isConflict } from '../../shared/postgres/database-errors';
import { createGroupCommit } from '../../shared/postgres/group-commit';
import { type Database, type Transaction } from '../../shared/postgres/queryable';
import { declareCrashPoint } from '../../shared/resilience/crash-point';
import { acceptOrder } from '../domain/accept-order';
import { insertNewShipments, insertShipments } from '../store/shipment-writes';
import { type Shipment } from '../domain/shipment';
import { appendStepEvents, type StepWithOrigin } from './append-step-events';
import { logReceived, logRepeated } from './shipment-log';

const crashBeforeCommit = declareCrashPoint('accept-order.before-commit');

export interface ShipmentDependencies {
  db: Database;
  /** When to ask the carrier about a new shipment, in milliseconds. */
  firstPollInMs: number;
  logger: Logger;
}

/** A message about an order, and the origin of the events that it causes. */
export interface OrderMessage<M> {
  message: M;
  origin: Origin;
}

/** Returns the shipment that was created; null when the order had one. */
export type AcceptOrder = (created: OrderMessage<OrderCreated>) => Promise<Shipment | null>;

/**
 * Creates the shipments of orders. Inbox, shipment and event are one transaction, so a message that is repeated, or arrives under another
 * id, changes nothing. Orders that arrive at the same time share the transaction.
 */
export function createAcceptOrder({ db, firstPollInMs, logger }: ShipmentDependencies): AcceptOrder {
  return createGroupCommit<OrderMessage<OrderCreated>, Shipment | null>({
    keyOf: ({ message }) => message.order_id,
    async work(created) {
      const made = await acceptAll(db, created, firstPollInMs);
      for (const { message } of created) logOutcome(logger, message, made.get(message.order_id));
      return created.map(({ message }) => ({ value: made.get(message.order_id) ?? null }));
    },
  });
}

/** Sends all statements with the COMMIT. If a message or an order is not new, reads first which ones are. */
async function acceptAll(
  db: Database,
  created: readonly OrderMessage<OrderCreated>[],
  firstPollInMs: number,
): Promise<Map<string, Shipment>> {
  try {
    return await db.transaction((tx) => acceptNew(tx, created, firstPollInMs));
  } catch (error) {
    if (!isConflict(error)) throw error;
    return db.transaction((tx) => acceptUnseen(tx, created, firstPollInMs));
  }
}

function acceptNew(
  tx: Transaction,
  created: readonly OrderMessage<OrderCreated>[],
  firstPollInMs: number,
): Map<string, Shipment> {
  const steps = firstStepsOf(created, firstPollInMs);
  recordNewMessages(tx, idsOf(created));
  insertNewShipments(
    tx,
    steps.map(({ step }) => step),
  );
  appendStepEvents(tx, steps);
  crashBeforeCommit();
  return shipmentsIn(steps);
}

async function acceptUnseen(
  tx: Transaction,
  created: readonly OrderMessage<OrderCreated>[],
  firstPollInMs: number,
): Promise<Map<string, Shipment>> {
  const unseen = await recordMessages(tx, idsOf(created));
  const made = await ensureShipments(
    tx,
    created.filter(({ message }) => unseen.has(message.id)),
    firstPollInMs,
  );
  crashBeforeCommit();
  return made;
}

function logOutcome(logger: Logger, message: OrderCreated, shipment: Shipment | undefined): void {
  if (shipment) logReceived(logger, message, shipment);
  else logRepeated(logger, message);
}

/**
 * Creates the shipments of those orders that have none yet; a constraint of the table allows one shipment per order.
 *
 * @returns the created shipments, by order id
 */
export async function ensureShipments(
  tx: Transaction,
  messages: readonly OrderMessage<OrderCreated | OrderCancelRequested>[],
  firstPollInMs: number,
): Promise<Map<string, Shipment>> {
  const steps = firstStepsOf(messages, firstPollInMs);
  const inserted = await insertShipments(
    tx,
    steps.map(({ step }) => step),
  );
  const made = steps.filter(({ step }) => inserted.has(step.shipment.orderId));
  appendStepEvents(tx, made);
  return shipmentsIn(made);
}

function firstStepsOf(
  messages: readonly OrderMessage<OrderCreated | OrderCancelRequested>[],
  firstPollInMs: number,
): StepWithOrigin[] {
  const now = new Date();
  return messages.map(({ message: { order_id: orderId, payload: order }, origin }) => ({
    step: acceptOrder({ ...origin, orderId, order, shipmentId: shipmentIdOf(orderId), firstPollInMs }, now),
    origin,
  }));
}

const shipmentsIn = (steps: readonly StepWithOrigin[]): Map<string, Shipment> =>
  new Map(steps.map(({ step: { shipment } }) => [shipment.orderId, shipment]));

/**
 * The id of an order's shipment. It is derived from the order id, so that a shipment that is created again after a restore is the same to
 * clients and to the carrier. It is a UUIDv7 with the time of the order id, so that shipments also sort by time.
 */
export function shipmentIdOf(orderId: string): string {
  const hash = createHash('sha256').update(`shipment of ${orderId}`).digest('hex');
  const variant = ((parseInt(hash.slice(3, 4), 16) & 0x3) | 0x8).toString(16);
  return `${orderId.slice(0, 13)}-7${hash.slice(0, 3)}-${variant}${hash.slice(4, 7)}-${hash.slice(7, 19)}`;
}

const idsOf = (created: readonly OrderMessage<OrderCreated>[]): string[] =>
  created.map(({ message }) => message.id);
