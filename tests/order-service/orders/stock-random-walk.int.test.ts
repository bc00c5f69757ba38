import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import {
  composeOrderService,
  type OrderService,
  readOrderServiceConfig,
} from '../../../src/order-service/composition';
import {
  type ApplyShipmentStatus,
  createApplyShipmentStatus,
} from '../../../src/order-service/orders/use-cases/apply-shipment-status';
import { type ShipmentMessage } from '../../../src/shared/contracts/messages';
import { isRetryable } from '../../../src/shared/errors';
import { originOf } from '../../../src/shared/event-log/event';
import { type ServiceDatabase } from '../../../src/shared/postgres/database';
import { startService, stopService } from '../../../src/shared/runtime/lifecycle';
import { type ApiClient, apiClient, type ApiResponse, bearerClient } from '../../support/api-client';
import { createProduct, expectExactStock, line, type TestProduct } from '../../support/stock-scene';
import { testEnvironment } from '../../support/environment';
import { eventually } from '../../support/eventually';
import { orderBody } from '../../support/factories';
import { envelope, statusPayload } from '../../support/messages';
import { openDatabase } from '../../support/open-database';
import { repeatWhile503 } from '../../support/repeat-while-503';
import { countRows, rowsOf } from '../../support/rows';
import { silentLogger } from '../../support/service-pair';

const STEPS = 10_000;
const CLIENTS = 16;
const PRODUCTS = 6;
const KILL_EVERY_MS = 120;
const WITHIN_MS = 20_000;

/** The ways of a shipment: shipped and returned, or cancelled. */
const RETURNED = ['PROCESSING', 'SHIPPED', 'IN_TRANSIT', 'OUT_FOR_DELIVERY', 'DELIVERY_FAILED', 'RETURNED'];
const CANCELLED = ['PROCESSING', 'CANCELLED'];

interface Walk {
  /** An instance chosen at random. */
  api(): ApiClient;
  products: readonly TestProduct[];
  apply: ApplyShipmentStatus;
  url: string;
  /** The orders that are placed and not ended, with the messages that each has applied. */
  open: { orderId: string; way: string[]; applied: number }[];
  reservations: string[];
  placed: Set<string>;
  statuses: Map<string, number>;
}

type Step = (walk: Walk) => Promise<void>;

const chance = (share: number): boolean => Math.random() < share;
const number = (below: number): number => Math.floor(Math.random() * below);
const oneOf = <T>(values: readonly T[]): T => values[number(values.length)]!;

/** Takes a random element out of a list; undefined when it is empty. */
const taken = <T>(values: T[]): T | undefined => values.splice(number(values.length), 1)[0];

async function request(walk: Walk, name: string, send: (key: string) => Promise<ApiResponse>): Promise<ApiResponse> {
  const key = randomUUID();
  const answer = await repeatWhile503(() => send(key), WITHIN_MS);
  expect(answer.status, `${name}: ${answer.text}`).to.be.below(500);
  const outcome = `${name} ${answer.status}`;
  walk.statuses.set(outcome, (walk.statuses.get(outcome) ?? 0) + 1);
  return answer;
}

const someItems = (walk: Walk): object[] => {
  const items = Array.from({ length: 1 + number(3) }, () => line(oneOf(walk.products), 1 + number(3)));
  return chance(0.2) ? [...items, line('free', 1, { unit_price: 1 })] : items;
};

async function placeWith(walk: Walk, more: object): Promise<ApiResponse> {
  const body = orderBody({ items: someItems(walk), ...more });
  const answer = await request(walk, 'place', (key) =>
    walk.api().post('/orders', body, { 'Idempotency-Key': key }),
  );
  if (answer.status !== 201) return answer;
  const orderId = answer.body.order_id as string;
  walk.placed.add(orderId);
  walk.open.push({ orderId, way: chance(0.4) ? CANCELLED : RETURNED, applied: 0 });
  return answer;
}

const place: Step = async (walk) => void (await placeWith(walk, {}));

const convert: Step = async (walk) => {
  const reservation = taken(walk.reservations);
  if (reservation === undefined) return;
  await placeWith(walk, { reservation_id: reservation });
};

/** Applies the next message of an open order, sometimes twice, as a queue delivers it. */
const move: Step = async (walk) => {
  const order = taken(walk.open);
  if (!order) return;
  const status = order.way[order.applied]!;
  const message = envelope({
    type: 'SHIPMENT_STATUS_CHANGED',
    order_id: order.orderId,
    version: order.applied + 1,
    payload: {
      ...statusPayload(status, randomUUID()),
      previous_status: order.way[order.applied - 1] ?? null,
    },
  }) as ShipmentMessage;
  await applied(walk, message);
  if (chance(0.1)) await applied(walk, message);
  order.applied += 1;
  if (order.applied < order.way.length) walk.open.push(order);
};

async function applied({ apply, statuses }: Walk, message: ShipmentMessage): Promise<void> {
  for (;;) {
    try {
      const outcome = await apply(message, originOf('delivery-service'));
      statuses.set(outcome, (statuses.get(outcome) ?? 0) + 1);
      return;
    } catch (error) {
      if (!isRetryable(error)) throw error;
      await delay(20);
    }
  }
}

const adjust: Step = async (walk) => {
  const { product_id: id } = oneOf(walk.products);
  const body = chance(0.3) ? { on_hand: number(30) } : { adjust: number(12) - 4, reason: 'count' };
  await request(walk, 'adjust', (key) =>
    walk.api().put(`/products/${id}/stock`, body, { 'Idempotency-Key': key }),
  );
};

const reserve: Step = async (walk) => {
  const codes = new Set(Array.from({ length: 1 + number(2) }, () => oneOf(walk.products).sku));
  const items = [...codes].map((sku) => line(sku, 1 + number(3)));
  const answer = await request(walk, 'reserve', (key) =>
    walk.api().post('/reservations', { items }, { 'Idempotency-Key': key }),
  );
  if (answer.status === 201) walk.reservations.push(answer.body.reservation_id as string);
};

/** Lets a reservation end; the loops of the instances release it. It can still be chosen for an order. */
const expire: Step = async ({ url, reservations }) => {
  if (reservations.length === 0) return;
  const expired = `UPDATE reservations SET expires_at = now() - interval '1 s' WHERE reservation_id = $1 AND status = 'active'`;
  await rowsOf(url, expired, [oneOf(reservations)]);
};

const STEPS_BY_CHANCE: readonly [Step, number][] = [
  [place, 35],
  [move, 30],
  [adjust, 12],
  [reserve, 12],
  [convert, 6],
  [expire, 5],
];
const CHOICES = STEPS_BY_CHANCE.flatMap(([step, weight]) => Array<Step>(weight).fill(step));

describe('stock under random steps of many clients, while sessions are killed', function () {
  this.timeout(300_000);
  let environment: Record<string, string>;
  let url: string;
  let services: OrderService[];
  let database: ServiceDatabase;
  before(async () => {
    environment = await testEnvironment({ RETURNS_RESTOCK: 'true', RECONCILE_AFTER_SECONDS: '3600' });
    url = environment['ORDER_DATABASE_URL']!;
    database = openDatabase(url);
    services = ['', '0'].map((port) =>
      composeOrderService(
        readOrderServiceConfig({ ...environment, ...(port && { ORDER_SERVICE_PORT: port }) }),
        { logger: silentLogger },
      ),
    );
    for (const service of services) await startService(service);
  });
  after(async () => {
    for (const service of services) await stopService(service);
    await database.stop();
  });

  async function startWalk(): Promise<Walk> {
    const [first, second] = services.map(({ http }) => `http://127.0.0.1:${http.port()}`) as [string, string];
    const shop = await apiClient(first, 'demo-client');
    const clients = [shop, bearerClient(second, shop.token)];
    const products: TestProduct[] = [];
    for (let n = 0; n < PRODUCTS; n += 1) products.push(await createProduct(shop, { onHand: 10 + number(30) }));
    return {
      api: () => oneOf(clients),
      products,
      apply: createApplyShipmentStatus(database, silentLogger, {
        recordUnknownOrders: () => Promise.resolve(new Set()),
        restocksReturns: true,
      }),
      url,
      open: [],
      reservations: [],
      placed: new Set(),
      statuses: new Map(),
    };
  }

  async function killSessions(signal: AbortSignal): Promise<number> {
    let killed = 0;
    while (!signal.aborted) {
      await delay(KILL_EVERY_MS);
      const rows = await rowsOf(
        url,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE datname = current_database() AND application_name IN ('order-service', 'test') AND state <> 'idle'
          ORDER BY random() LIMIT 1`,
      );
      killed += rows.length;
    }
    return killed;
  }

  it(`given ${STEPS} steps of ${CLIENTS} clients at two instances, then counters, ledger, orders and reservations agree`, async () => {
    const walk = await startWalk();
    const end = new AbortController();
    const killing = killSessions(end.signal);
    let left = STEPS;
    const client = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        await oneOf(CHOICES)(walk);
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, client)).finally(() => end.abort());
    const killed = await killing;

    // The loops release the reservations that have expired.
    await eventually(async () =>
      expect(await countRows(url, 'reservations', `status = 'active' AND expires_at <= now()`)).to.equal(0),
    );
    await expectExactStock(url);
    expect(await countRows(url, 'orders')).to.equal(walk.placed.size);
    const [server] = await rowsOf<{ deadlocks: number }>(
      url,
      'SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()',
    );
    expect(server?.deadlocks).to.equal(0);
    expect(killed).to.be.above(10);
    const outcomes = [...walk.statuses.keys()];
    expect(outcomes).to.include.members(['place 201', 'place 409', 'adjust 409', 'reserve 201', 'reserve 409', 'next', 'seen']);
    const causes = await rowsOf<{ cause: string }>(url, 'SELECT DISTINCT cause FROM stock_ledger');
    expect(causes.map(({ cause }) => cause)).to.include.members([
      'order_placed',
      'order_cancelled',
      'order_shipped',
      'order_returned',
      'adjusted',
      'set',
      'reservation_created',
      'reservation_expired',
      'reservation_converted',
    ]);
    const subjects = `SELECT count(*)::int AS faults FROM (
      SELECT max(version) <> count(*) AS is_wrong FROM events WHERE subject_type = 'stock' GROUP BY subject_id) AS s WHERE is_wrong`;
    expect(await rowsOf(url, subjects)).to.deep.equal([{ faults: 0 }]);
  });
});
