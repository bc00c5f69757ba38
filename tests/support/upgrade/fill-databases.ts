import { Client } from 'pg';
import {
  applyOrderListChanges,
  countUnlisted,
} from '../../../src/order-service/orders/store/order-list-updates';
import { ORDERS_QUEUE } from '../../../src/shared/contracts/queues';
import { toMessagePayload } from '../../../src/shared/contracts/messages';
import { giveFeedPositions } from '../../../src/shared/event-log/event-sequencer';
import { deadLetterQueueOf } from '../../../src/shared/queue/queue-topology';
import { openDatabase } from '../open-database';
import { testQueues } from '../sqs-messages';
import { formerOrder, type FormerOrder, type Row, tablesOf } from './former-rows';
import { DEAD_LETTER, type Life, LIVES, REFUSED_ORDER, REFUSED_SHIPMENT } from './lives';
import { type Environment } from './release';

/** The rows that a fill has written, with those that need an operator. */
export interface Filled {
  orders: FormerOrder[];
  /** Orders with events that a queue has refused, in either service. */
  refused: FormerOrder[];
  deadLetters: FormerOrder[];
}

export const REFUSAL = 'InvalidMessageContents: refused before the upgrade';
export const REFUSALS = 3;

const CLIENTS = ['demo-client', 'demo-other'];
/** Number of orders with refused events of each kind, and of dead letters. */
const SPECIAL = 10;
const PER_STATEMENT = 1_000;

/** Writes the rows of orders of every kind into the databases of the previous release, all of a service in one transaction. */
export async function fillDatabases(environment: Environment, count: number): Promise<Filled> {
  const orders = Array.from({ length: count }, (_, n) => orderOf(lifeOf(n, count), n, count));
  const filled = {
    orders,
    refused: orders.filter(({ life }) => life === REFUSED_ORDER || life === REFUSED_SHIPMENT),
    deadLetters: orders.filter(({ life }) => life === DEAD_LETTER),
  };
  filled.refused.forEach(refuse);
  await sendDeadLetters(environment, filled.deadLetters);
  const ofOrders = await openTransaction(environment['ORDER_DATABASE_URL']!);
  const ofDeliveries = await openTransaction(environment['DELIVERY_DATABASE_URL']!);
  await Promise.all([
    insertAll(ofOrders, {
      orders: orders.map(({ order }) => order),
      order_items: orders.map(({ item }) => item),
      idempotency_records: orders.map(({ idempotencyRecord }) => idempotencyRecord),
    }).then(() =>
      insertLog(
        ofOrders,
        orders.flatMap(({ orderEvents }) => orderEvents),
      ),
    ),
    insertAll(ofDeliveries, {
      shipments: orders.flatMap(({ shipment }) => (shipment === null ? [] : [shipment])),
      inbox: orders.flatMap(received),
    }).then(() =>
      insertLog(
        ofDeliveries,
        orders.flatMap(({ shipmentEvents }) => shipmentEvents),
      ),
    ),
  ]);
  // At once: a message must not arrive before the rows of its receiver.
  await Promise.all([ofOrders, ofDeliveries].map((client) => client.query('COMMIT')));
  await Promise.all([ofOrders, ofDeliveries].map((client) => client.end()));
  await untilListed(environment['ORDER_DATABASE_URL']!);
  return filled;
}

const MIXED: readonly Life[] = LIVES.flatMap((life) => Array.from({ length: life.share }, () => life));

function lifeOf(n: number, count: number): Life {
  const special = [REFUSED_ORDER, REFUSED_SHIPMENT, DEAD_LETTER][Math.floor((count - 1 - n) / SPECIAL)];
  return special ?? MIXED[n % MIXED.length]!;
}

function orderOf(life: Life, n: number, count: number): FormerOrder {
  const secondsAgo = 600 + (count - n) / 10;
  return formerOrder(
    life,
    `former-${String(n)}`,
    CLIENTS[n % CLIENTS.length]!,
    Date.now() - secondsAgo * 1_000,
  );
}

/** The first event that waits is due in an hour, as after several refusals; the later ones wait for it. */
function refuse({ orderEvents, shipmentEvents }: FormerOrder): void {
  const isWaiting = (event: Row): boolean => event['published_at'] === null && event['queue'] !== null;
  const [head, ...held] = [...orderEvents, ...shipmentEvents].filter(isWaiting);
  const dueAt = new Date(Date.now() + 3_600_000).toISOString();
  Object.assign(head!, { attempts: REFUSALS, next_attempt_at: dueAt, last_error: REFUSAL });
  for (const event of held) event['next_attempt_at'] = 'infinity';
}

/** The messages that the Delivery Service has handled: those of orders that have a shipment. */
const received = ({ shipment, orderEvents }: FormerOrder): Row[] =>
  shipment === null
    ? []
    : orderEvents
        .filter(({ queue, published_at: publishedAt }) => queue !== null && publishedAt !== null)
        .map(({ event_id: id, occurred_at: at }) => ({ message_id: id, received_at: at }));

async function sendDeadLetters(environment: Environment, orders: readonly FormerOrder[]): Promise<void> {
  const queues = testQueues(environment);
  for (const { orderId, orderEvents } of orders) {
    const {
      event_id: id,
      type,
      version,
      occurred_at,
      correlation_id,
      traceparent,
      payload,
    } = orderEvents[0]!;
    const facts = { version, occurred_at, correlation_id, traceparent, payload: toMessagePayload(payload) };
    const body = JSON.stringify({ id, type, schema_version: 1, order_id: orderId, ...facts });
    await queues.send(deadLetterQueueOf(ORDERS_QUEUE)!, orderId, body);
  }
  queues.client.destroy();
}

/** Gives positions to the events and lists the orders, as the services of either release do. */
async function untilListed(url: string): Promise<void> {
  const db = openDatabase(url);
  try {
    while ((await countUnlisted(db)) > 0) {
      await giveFeedPositions(db);
      await db.transaction((tx) => applyOrderListChanges(tx, PER_STATEMENT));
    }
  } finally {
    await db.stop();
  }
}

async function openTransaction(url: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query('BEGIN');
  return client;
}

async function insertAll(client: Client, tables: Record<string, readonly Row[]>): Promise<void> {
  for (const [table, rows] of Object.entries(tables)) {
    const columns = Object.keys(rows[0]!).join(', ');
    await insertRows(
      client,
      rows,
      `INSERT INTO ${table} (${columns}) SELECT ${columns} FROM json_populate_recordset(null::${table}, $1::json)`,
    );
  }
}

async function insertLog(client: Client, log: readonly Row[]): Promise<void> {
  const { events, outbox, publications } = tablesOf(log);
  await insertAll(client, { events });
  await insertRows(client, outbox, INSERT_OUTBOX);
  await insertRows(client, publications, INSERT_PUBLICATIONS);
}

const INSERT_OUTBOX = `
  INSERT INTO outbox (seq, subject_id, version, queue, resend, attempts, next_attempt_at, last_error)
  SELECT e.seq, o.subject_id, o.version, o.queue, o.resend, o.attempts, o.next_attempt_at, o.last_error
    FROM json_populate_recordset(null::outbox, $1::json) o JOIN events e ON (e.subject_id, e.version) = (o.subject_id, o.version)
   ORDER BY e.seq`;

const INSERT_PUBLICATIONS = `
  INSERT INTO publications (seq, resend, published_at)
  SELECT e.seq, p.resend, p.published_at
    FROM json_to_recordset($1::json) AS p (subject_id uuid, version int, resend int, published_at timestamptz)
         JOIN events e ON (e.subject_id, e.version) = (p.subject_id, p.version)`;

async function insertRows(client: Client, rows: readonly Row[], sql: string): Promise<void> {
  for (let from = 0; from < rows.length; from += PER_STATEMENT)
    await client.query(sql, [JSON.stringify(rows.slice(from, from + PER_STATEMENT))]);
}
