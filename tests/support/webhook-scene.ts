import { randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { appendEvents } from '../../src/shared/event-log/append-events';
import { latestCursor } from '../../src/shared/event-log/event-feed';
import { giveFeedPositions } from '../../src/shared/event-log/event-sequencer';
import { createDatabase, type ServiceDatabase } from '../../src/shared/postgres/database';
import { createSecretSealing } from '../../src/order-service/webhooks/domain/sealed-secret';
import { createWebhookSender } from '../../src/order-service/webhooks/http-sender';
import {
  createDeliveryDispatcher,
  type DeliveryDispatcher,
} from '../../src/order-service/webhooks/workers/delivery-dispatcher';
import { createTestDatabase } from './databases';
import { eventually } from './eventually';
import { rowsOf } from './rows';
import { silentLogger } from './service-pair';
import { startWebhookReceiver, type WebhookReceiver } from './webhook-receiver';

/** An event log, a customer's server, and processes that deliver from one to the other. */
export interface WebhookScene {
  readonly url: string;
  readonly db: ServiceDatabase;
  readonly receiver: WebhookReceiver;
  /** Adds an endpoint at a path of the receiver, which gets events from now on; its id. */
  endpoint(path: string, columns?: Partial<EndpointColumns>): Promise<string>;
  /** Writes the next versions of orders, in one transaction, and gives them positions. */
  events(...events: readonly SceneEvent[]): Promise<void>;
  /** A delivering process. */
  instance(options?: InstanceOptions): DeliveryDispatcher;
  /** Runs steps until no delivery is due or taken. */
  deliver(instance: DeliveryDispatcher): Promise<void>;
  /** Waits until the receiver has got that many requests for the path, by default for any. */
  untilReceived(count: number, path?: string, withinMs?: number): Promise<void>;
  rows<R extends object>(sql: string, values?: unknown[]): Promise<R[]>;
  stop(): Promise<void>;
}

export interface SceneEvent {
  orderId: string;
  version: number;
  owner?: string;
}

export interface EndpointColumns {
  client_id: string;
  url: string;
  event_types: string[];
  enabled: boolean;
}

export interface InstanceOptions {
  timeLimitMs?: number;
  perEndpoint?: number;
  total?: number;
  onAdvanced?: (listener: () => void) => void;
}

export const TEST_WEBHOOK_KEY = Buffer.alloc(32, 7);
export const TEST_WEBHOOK_SECRET = Buffer.alloc(32, 9);

const DATABASE = {
  DATABASE_POOL_MAX: 16,
  DATABASE_CONNECT_TIMEOUT_MS: 10_000,
  DATABASE_QUERY_TIMEOUT_MS: 10_000,
  DATABASE_PREPARED_STATEMENTS: true,
};

export const LOOPBACK_POLICY = { ports: [443], networks: [], loopback: true };

export async function webhookScene(): Promise<WebhookScene> {
  const url = await createTestDatabase('order-service');
  const db = createDatabase(url, 'webhook-scene', DATABASE, silentLogger);
  const receiver = await startWebhookReceiver();
  const instances: DeliveryDispatcher[] = [];
  return {
    url,
    db,
    receiver,
    endpoint: (path, columns = {}) => insertEndpoint(db, { url: receiver.origin + path, ...columns }),
    async events(...events) {
      await writeEvents(db, events);
      while ((await giveFeedPositions(db)) > 0);
    },
    instance(options = {}) {
      const instance = createInstance(db, options);
      instances.push(instance);
      return instance;
    },
    async deliver(instance) {
      while ((await instance.fanOut.runOnce()) !== 'idle');
      do {
        await instance.whenIdle();
        await instance.deliveries.runOnce();
      } while (await isAtWork(url));
    },
    untilReceived: (count, path, withinMs = 60_000) =>
      eventually(() => {
        const { length } = path === undefined ? receiver.received : receiver.of(path);
        if (length < count) throw new Error(`${length} of ${count} requests`);
      }, withinMs),
    rows: (sql, values) => rowsOf(url, sql, values),
    async stop() {
      await Promise.all(instances.map((instance) => instance.stop()));
      await receiver.stop();
      await db.stop();
    },
  };
}

function createInstance(db: ServiceDatabase, options: InstanceOptions): DeliveryDispatcher {
  const { timeLimitMs = 2_000, perEndpoint = 20, total = 256, onAdvanced = () => undefined } = options;
  return createDeliveryDispatcher({
    db,
    sequencer: { onAdvanced },
    sender: createWebhookSender({ policy: LOOPBACK_POLICY, timeLimitMs }),
    sealing: createSecretSealing([TEST_WEBHOOK_KEY], randomBytes),
    limits: { perEndpoint, total },
    timeLimitMs,
    stopGraceMs: 500,
    logger: silentLogger,
    onSettled: () => undefined,
  });
}

/** Adds an endpoint at the end of the feed. */
export async function insertEndpoint(
  db: ServiceDatabase,
  { url, client_id: clientId = 'shop', event_types: types = [], enabled = true }: Partial<EndpointColumns>,
): Promise<string> {
  const id = uuidv7();
  const cursor = await latestCursor(db);
  const sealed = createSecretSealing([TEST_WEBHOOK_KEY], randomBytes).seal(TEST_WEBHOOK_SECRET, id);
  await db.query(
    `INSERT INTO webhook_endpoints (endpoint_id, client_id, url, event_types, enabled, sealed_secret, cursor_position, cursor_proof)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [id, clientId, url, types, enabled, sealed, cursor.position, cursor.proof],
  );
  return id;
}

/** The first version of an order is ORDER_CREATED, further ones change its shipping data. */
export async function writeEvents(db: ServiceDatabase, events: readonly SceneEvent[]): Promise<void> {
  await db.transaction((tx) =>
    appendEvents(
      tx,
      events.map(({ orderId, version, owner = 'shop' }) => ({
        eventId: uuidv7(),
        subjectType: 'order',
        subjectId: orderId,
        owner,
        version,
        ...(version === 1 ? CREATED : changed(version)),
        occurredAt: new Date(),
        queue: null,
        actor: 'test',
        correlationId: 'c',
        traceparent: 't',
      })),
    ),
  );
}

const CREATED = {
  type: 'ORDER_CREATED',
  payload: {
    client_id: 'shop',
    customer_id: 'ada',
    items: [{ product_id: 'lamp', quantity: 1, unit_price: 79.9 }],
    currency: 'USD',
    total_amount: 79.9,
    metadata: {},
  },
};

const changed = (version: number) => ({
  type: 'ORDER_SHIPPING_CHANGED',
  payload: { carrier: 'simulated', tracking_number: `T${version}`, estimated_delivery: null },
});

async function isAtWork(url: string): Promise<boolean> {
  const rows = await rowsOf(url, 'SELECT FROM webhook_queue WHERE is_taken OR due_at <= now() LIMIT 1');
  return rows.length > 0;
}
