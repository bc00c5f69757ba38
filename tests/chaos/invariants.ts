import { type Pool } from 'pg';
import { orderMachine, shipmentMachine } from '../../src/shared/contracts/status-machines';
import { countUnpublished } from '../../src/shared/event-log/outbox';
import { databaseOf } from '../../src/shared/postgres/database';
import { groupBy } from '../../src/shared/group-by';
import { type Databases } from './databases';
import { type Breach, type History } from './history';
import { feedDisagreeing } from './feed-agrees';
import { logsDisagreeing } from './log-agrees';
import { stockBreaches } from './stock/stock-breaches';

interface OrderRow {
  order_id: string;
  customer_id: string;
  client_id: string;
  status: string;
  version: number;
}

interface LogRow {
  order_id: string;
  versions: number[];
  statuses: (string | null)[];
}

/** Statuses that nothing follows. */
export const ENDS: readonly string[] = orderMachine.statuses.filter(
  (status) => orderMachine.allowedFrom(status).length === 0,
);

/**
 * How many orders are not at an end yet or reservations have not expired although their time is over, and how many events wait to be sent: 0 and
 * 0 is rest.
 */
export async function unrest(databases: Databases): Promise<{ moving: number; waiting: number }> {
  const moving = await databases.orders.query<{ count: number }>(
    `SELECT (SELECT count(*) FROM orders WHERE status <> ALL ($1))::int +
            (SELECT count(*) FROM reservations WHERE status = 'active' AND expires_at < now())::int AS count`,
    [ENDS],
  );
  return { moving: moving.rows[0]!.count, waiting: await eventsWaiting(databases) };
}

/** In both logs together. */
async function eventsWaiting({ orders, deliveries }: Databases): Promise<number> {
  const [ofOrders, ofDeliveries] = await Promise.all([
    countUnpublished(databaseOf(orders)),
    countUnpublished(databaseOf(deliveries)),
  ]);
  return ofOrders + ofDeliveries;
}

/**
 * Compares what the clients were told with both databases, and these with each other.
 *
 * @param restocksReturns whether returned orders put their units back in this system.
 */
export async function findBreaches(
  databases: Databases,
  history: History,
  restocksReturns: boolean,
): Promise<Breach[]> {
  const { rows: orders } = await databases.orders.query<OrderRow>(
    'SELECT order_id, customer_id, client_id, status, version FROM orders',
  );
  const { rows: shipments } = await databases.deliveries.query<{ order_id: string; status: string }>(
    'SELECT order_id, status FROM shipments',
  );
  const orderLog = await readLog(databases.orders);
  const shipmentLog = await readLog(databases.deliveries);
  return [
    ...acceptedExist(history, orders),
    ...onePerKey(history, orders),
    ...oneShipmentEach(orders, shipments),
    ...allEnded(orders),
    ...sameEnd(orders, shipments),
    ...lawful('order', orderLog, orders, orderMachine),
    ...lawful('shipment', shipmentLog, orders, shipmentMachine),
    ...(await allSent(databases)),
    ...(await logsDisagreeing(databases)),
    ...(await feedDisagreeing(databases)),
    ...(await stockBreaches(databases.orders, history, orders, restocksReturns)),
  ];
}

function acceptedExist(history: History, orders: readonly OrderRow[]): Breach[] {
  const known = new Map(orders.map((order) => [order.order_id, order]));
  return [...history.orders.values()].flatMap(({ orderId, key, client }) => {
    if (orderId === null) return [];
    const order = known.get(orderId);
    if (!order)
      return [breach('I1 accepted orders exist', `order ${orderId} was answered with 201 and is gone`, key)];
    return order.client_id === client && order.customer_id === key
      ? []
      : [breach('I9 no data of others', `order ${orderId} belongs to ${order.client_id}`, key)];
  });
}

/** Of a key whose client never got to know, too: none or one. */
function onePerKey(history: History, orders: readonly OrderRow[]): Breach[] {
  const byKey = groupBy(orders, (order) => order.customer_id);
  return [...byKey].flatMap(([key, found]) => {
    const abandoned = history.orders.get(key)?.abandoned === true;
    const invariant = abandoned ? 'I10 unknown calls are 0 or 1 order' : 'I2 one order per key';
    return found.length > 1 ? [breach(invariant, `${String(found.length)} orders of one key`, key)] : [];
  });
}

function oneShipmentEach(orders: readonly OrderRow[], shipments: readonly { order_id: string }[]): Breach[] {
  const perOrder = groupBy(shipments, (shipment) => shipment.order_id);
  const keys = new Map(orders.map((order) => [order.order_id, order.customer_id]));
  const wrong = orders.flatMap(({ order_id: id, customer_id: key }) => {
    const count = perOrder.get(id)?.length ?? 0;
    if (count === 1) return [];
    const invariant = count === 0 ? 'I3 every order has a shipment' : 'I3 no order has two shipments';
    return [breach(invariant, `order ${id} has ${String(count)}`, key)];
  });
  const orphans = [...perOrder.keys()].filter((id) => !keys.has(id));
  return [
    ...wrong,
    ...orphans.map((id) => breach('I3 no shipment without an order', `a shipment of no order: ${id}`, null)),
  ];
}

const allEnded = (orders: readonly OrderRow[]): Breach[] =>
  orders
    .filter(({ status }) => !ENDS.includes(status))
    .map(({ customer_id: key, status }) => breach('I4 every order ends', `it stands at ${status}`, key));

function sameEnd(
  orders: readonly OrderRow[],
  shipments: readonly { order_id: string; status: string }[],
): Breach[] {
  const statuses = new Map(shipments.map((shipment) => [shipment.order_id, shipment.status]));
  return orders
    .filter(({ order_id: id, status }) => statuses.has(id) && statuses.get(id) !== status)
    .map(({ order_id: id, customer_id: key, status }) =>
      breach('I4 every order ends', `the order is ${status}, its shipment ${statuses.get(id)!}`, key),
    );
}

interface Machine {
  allowedFrom(status: never): readonly string[];
}

function lawful(
  what: string,
  log: readonly LogRow[],
  orders: readonly OrderRow[],
  machine: Machine,
): Breach[] {
  const byId = new Map(orders.map((order) => [order.order_id, order]));
  return log.flatMap(({ order_id: id, versions, statuses }) => {
    const order = byId.get(id);
    const key = order?.customer_id ?? null;
    if (versions.some((version, index) => version !== index + 1))
      return [breach('I5 versions without gaps', `${what} log of ${id}: ${versions.join(' ')}`, key)];
    if (what === 'order' && order && order.version !== versions.length)
      return [breach('I5 versions without gaps', `order ${id} has version ${String(order.version)}`, key)];
    const start = what === 'order' ? ['PENDING_SHIPMENT'] : [];
    const way = [...start, ...statuses.filter((status) => status !== null)];
    const broken = way.find((status, index) => index > 0 && !follows(machine, way[index - 1]!, status));
    return broken === undefined
      ? []
      : [breach('I5 statuses never go back or skip', `${what} ${id}: ${way.join(' > ')}`, key)];
  });
}

const follows = (machine: Machine, from: string, to: string): boolean =>
  machine.allowedFrom(from as never).includes(to);

async function allSent(databases: Databases): Promise<Breach[]> {
  const count = await eventsWaiting(databases);
  return count === 0
    ? []
    : [breach('I6 at rest nothing waits', `${String(count)} events are not sent`, null)];
}

async function readLog(db: Pool): Promise<LogRow[]> {
  const { rows } = await db.query<LogRow>(
    `SELECT subject_id AS order_id, array_agg(version ORDER BY version) AS versions,
            array_agg(CASE WHEN type LIKE '%STATUS_CHANGED' THEN payload->>'status' END ORDER BY version) AS statuses
       FROM events WHERE subject_type = 'order' GROUP BY subject_id`,
  );
  return rows;
}

const breach = (invariant: string, what: string, key: string | null): Breach => ({ invariant, what, key });
