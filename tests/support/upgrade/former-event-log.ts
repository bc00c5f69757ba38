import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { type SQSClient } from '@aws-sdk/client-sqs';
import { ORDERS_QUEUE } from '../../../src/shared/contracts/queues';
import { type Queryable } from '../../../src/shared/postgres/queryable';
import { silentLogger } from '../service-pair';
import { type Release } from './release';

/** The event log of the previous release: its own modules, on a migrated database. */
export interface FormerEventLog {
  /** Writes an event of that version of each order. */
  append(orderIds: readonly string[], version: number): Promise<void>;
  /** A new relay. */
  relay(): { runOnce(): Promise<unknown> };
  /** Gives positions in the feed to some events. */
  sequence(): Promise<unknown>;
  stop(): Promise<void>;
}

export const TYPE = 'ORDER_CREATED';
export const OWNER = 'demo-client';

type FormerTransaction = object;

interface FormerDatabase extends Queryable {
  transaction(work: (tx: FormerTransaction) => void): Promise<void>;
  stop(): Promise<void>;
}

interface Modules {
  createDatabase(url: string, name: string, limits: object, logger: object): FormerDatabase;
  appendEvents(tx: FormerTransaction, events: readonly object[]): void;
  createEventRelay(options: object): { runOnce(): Promise<unknown> };
  giveFeedPositions(db: FormerDatabase): Promise<unknown>;
}

const MODULES = [
  'postgres/database',
  'event-log/append-events',
  'event-log/event-relay',
  'event-log/event-sequencer',
];
const LIMITS = {
  DATABASE_POOL_MAX: 10,
  DATABASE_CONNECT_TIMEOUT_MS: 5_000,
  DATABASE_QUERY_TIMEOUT_MS: 10_000,
  DATABASE_PREPARED_STATEMENTS: true,
};

export async function formerEventLog(
  release: Release,
  url: string,
  client: SQSClient,
): Promise<FormerEventLog> {
  const modules = await loadModules(release);
  const db = modules.createDatabase(url, 'former-event-log', LIMITS, silentLogger);
  return {
    async append(orderIds, version) {
      const events = orderIds.map((orderId) => ({
        ...{ eventId: randomUUID(), subjectType: 'order', subjectId: orderId, owner: OWNER },
        ...{ version, type: TYPE, payload: { client_id: OWNER } },
        ...{
          occurredAt: new Date(),
          queue: ORDERS_QUEUE,
          actor: 'former',
          correlationId: 'c',
          traceparent: 't',
        },
      }));
      await db.transaction((tx) => modules.appendEvents(tx, events));
    },
    relay: () =>
      modules.createEventRelay({
        ...{ db, client, logger: silentLogger },
        resolveQueueUrl: (name: string) => Promise.resolve(name),
      }),
    sequence: () => modules.giveFeedPositions(db),
    stop: () => db.stop(),
  };
}

async function loadModules(release: Release): Promise<Modules> {
  const files = await Promise.all(MODULES.map((name) => release.program(`shared/${name}`)));
  const load = createRequire(__filename);
  return Object.assign({}, ...files.map((file) => load(file) as Partial<Modules>)) as Modules;
}
