import { v7 as uuidv7 } from 'uuid';
import { appendEvents } from '../../src/shared/event-log/append-events';
import { giveFeedPositions } from '../../src/shared/event-log/event-sequencer';
import { type ServiceDatabase } from '../../src/shared/postgres/database';
import { type Logger } from '../../src/shared/observability/logger';
import { type BackgroundLoop } from '../../src/shared/runtime/background-loop';
import { parseMailUrl, type SmtpTarget } from '../../src/order-service/notifications/mail-settings';
import { createSmtpSender } from '../../src/order-service/notifications/smtp-sender';
import { changeSettings } from '../../src/order-service/notifications/use-cases/manage-settings';
import { type FindProducts } from '../../src/order-service/notifications/use-cases/queue-low-stock-mails';
import { createLowStockLoop } from '../../src/order-service/notifications/workers/low-stock-loop';
import {
  createMailDispatcher,
  type MailDispatcher,
} from '../../src/order-service/notifications/workers/mail-dispatcher';
import { createTestDatabase } from './databases';
import { startMailServer, type MailServer, type MailServerOptions } from './mail-server';
import { openDatabase } from './open-database';
import { rowsOf } from './rows';
import { silentLogger } from './service-pair';

/** An event log, a mail server, and processes that read the one and send mails to the other. */
export interface MailScene {
  readonly url: string;
  readonly db: ServiceDatabase;
  readonly server: MailServer;
  /** Sets the recipients of an owner. */
  notify(recipients: readonly string[], options?: { owner?: string; isEnabled?: boolean }): Promise<void>;
  /** Writes one event about low stock for each member, in one transaction, and gives them positions; their ids. */
  lowStock(...events: LowStock[]): Promise<string[]>;
  reader(options?: ReaderOptions): BackgroundLoop;
  /** Reads until the end of the feed. */
  read(reader: BackgroundLoop): Promise<void>;
  /** Writes an event about low stock, and its mails. */
  mail(event?: LowStock): Promise<string>;
  instance(options?: InstanceOptions): MailDispatcher;
  /** Runs steps until no mail is due. */
  deliver(instance: MailDispatcher): Promise<void>;
  mails(): Promise<MailRow[]>;
  rows<R extends object>(sql: string, values?: unknown[]): Promise<R[]>;
  stop(): Promise<void>;
}

export interface LowStock {
  owner?: string;
  sku?: string;
  /** By default each event is about another product. */
  productId?: string;
  payload?: unknown;
}

export interface ReaderOptions {
  isSent?: boolean;
  perDay?: number;
  findProducts?: FindProducts;
  logger?: Logger;
}

export interface InstanceOptions {
  concurrency?: number;
  timeLimitMs?: number;
  mailUrl?: string;
  tls?: { ca: string; servername?: string };
  logger?: Logger;
}

export interface MailRow {
  mail_id: string;
  event_id: string;
  owner: string;
  recipient: string;
  status: string;
  attempt: number;
  tries: number;
  last_error: string | null;
  content: { sku: string; name: string | null };
}

export const TEST_SENDER = { name: 'Order system', address: 'orders@system.example' };

export async function mailScene(options: MailServerOptions = {}): Promise<MailScene> {
  const url = await createTestDatabase('order-service');
  const db = openDatabase(url);
  const server = await startMailServer(options);
  const instances: MailDispatcher[] = [];
  const mails = () => rowsOf<MailRow>(url, 'SELECT * FROM mails ORDER BY mail_id');
  const lowStock = (...events: LowStock[]) => writeLowStock(db, events);
  const reader = ({
    isSent = true,
    perDay = 10_000,
    findProducts = unnamed,
    logger = silentLogger,
  }: ReaderOptions = {}) => createLowStockLoop({ db, isSent, perDay, findProducts, logger });

  async function read(loop: BackgroundLoop): Promise<void> {
    while ((await loop.runOnce()) !== 'idle');
  }

  return {
    url,
    db,
    server,
    async notify(recipients, { owner = 'shop', isEnabled = true } = {}) {
      await changeSettings(db, owner, { isEnabled, recipients }, null);
    },
    lowStock,
    reader,
    read,
    async mail(event = {}) {
      const [eventId = ''] = await lowStock(event);
      await read(reader());
      return eventId;
    },
    instance(instanceOptions = {}) {
      const instance = createInstance(db, server, instanceOptions);
      instances.push(instance);
      return instance;
    },
    async deliver(instance) {
      do {
        await instance.loop.runOnce();
        await instance.whenIdle();
      } while ((await rowsOf(url, 'SELECT FROM mails WHERE due_at <= now() LIMIT 1')).length > 0);
    },
    mails,
    rows: (sql, values) => rowsOf(url, sql, values),
    async stop() {
      await Promise.all(instances.map((instance) => instance.stop()));
      await server.stop();
      await db.stop();
    },
  };
}

const unnamed: FindProducts = () => Promise.resolve(new Map());

function createInstance(db: ServiceDatabase, server: MailServer, options: InstanceOptions): MailDispatcher {
  const { concurrency = 5, timeLimitMs = 5_000, mailUrl = server.url, tls, logger = silentLogger } = options;
  const target = parseMailUrl(mailUrl) as SmtpTarget;
  const limits = { connections: concurrency, timeLimitMs };
  return createMailDispatcher({
    db,
    sender: createSmtpSender({ target, from: TEST_SENDER, logger, ...limits, ...(tls && { tls }) }),
    concurrency,
    timeLimitMs,
    stopGraceMs: 500,
    logger,
    onSettled: () => undefined,
  });
}

/** Writes events about low stock, in one transaction, and gives them positions; their ids. */
export async function writeLowStock(db: ServiceDatabase, events: readonly LowStock[]): Promise<string[]> {
  const logged = events.map(
    ({ owner = 'shop', sku = 'LAMP-1', productId = uuidv7(), payload = payloadOf(sku, productId) }) => ({
      eventId: uuidv7(),
      subjectType: 'stock',
      subjectId: uuidv7(),
      owner,
      version: 1,
      type: 'STOCK_LOW',
      payload,
      occurredAt: new Date(),
      queue: null,
      actor: 'test',
      correlationId: 'c',
      traceparent: 't',
    }),
  );
  await db.transaction((tx) => appendEvents(tx, logged));
  while ((await giveFeedPositions(db)) > 0);
  return logged.map(({ eventId }) => eventId);
}

const payloadOf = (sku: string, productId: string) => ({
  stock: {
    product_id: productId,
    sku,
    on_hand: 4,
    reserved: 1,
    available: 3,
    low_stock_threshold: 5,
    backorder_limit: 0,
    version: 7,
    updated_at: '2026-11-21T04:00:10.755Z',
  },
  change: { on_hand: 0, reserved: 1, causes: { order_placed: 1 } },
});
