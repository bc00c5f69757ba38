import { type RequestHandler } from 'express';
import { databaseVariables, postgresUrl, queueVariables, redisUrl } from '../shared/config/fragments';
import { integerText } from '../shared/contracts/integers';
import { createEventRelay } from '../shared/event-log/event-relay';
import { createEventSequencer, type EventSequencer } from '../shared/event-log/event-sequencer';
import { addOutboxGauges } from '../shared/event-log/outbox-health';
import { type HealthChecks } from '../shared/http/health-checks';
import { type ApiTag } from '../shared/http/openapi-document';
import { type Operation } from '../shared/http/operation';
import { createQuotaSpender, rateLimit, type SpendQuota } from '../shared/http/rate-limit';
import { type Logger } from '../shared/observability/logger';
import { createMetrics, type Metrics } from '../shared/observability/metrics';
import { createDatabase, type ServiceDatabase } from '../shared/postgres/database';
import { createReadPool, type ReadPool, type ReadPoolConfig } from '../shared/postgres/read-pool';
import { createQueueAccess, type QueueAccess, type QueueConfig } from '../shared/queue/queue-access';
import { fallbackStore, memoryStore, redisRateLimitStore } from '../shared/redis/redis-rate-limit-store';
import { createRedisConnection, type RedisConnection } from '../shared/redis/redis-client';
import { type BackgroundLoop } from '../shared/runtime/background-loop';
import { type Component } from '../shared/runtime/lifecycle';

/** The parts that a module adds to the service. */
export interface Module {
  /** The groups of its operations in the OpenAPI document. */
  tags: readonly ApiTag[];
  /** Paths that the index of the API names. */
  links: Readonly<Record<string, string>>;
  operations: readonly Operation[];
  /** In start order; those with `isCondition` start before the components of all modules. */
  components: readonly Component[];
  /** Components that keep requests waiting. They are stopped first and then answer those, so that the HTTP server need not wait for them. */
  waiting?: readonly Component[];
  /** Each removes some expired rows and returns how many. */
  housekeeping: readonly (() => Promise<number>)[];
  healthChecks: HealthChecks;
}

/** The parts that the modules use: connections, the event relay, metrics and quotas. */
export interface Platform {
  logger: Logger;
  metrics: Metrics;
  database: ServiceDatabase;
  /** For reads that can take long. */
  readPool: ReadPool;
  /** Null: the service runs without Redis. */
  redis: RedisConnection | null;
  queues: QueueAccess;
  relay: BackgroundLoop;
  /** Gives the positions of the event feed. */
  sequencer: EventSequencer;
  /** Counts a request against the quota of its client or address. */
  limit: RequestHandler;
  spendQuota: SpendQuota;
}

export const platformSettings = {
  ...databaseVariables,
  ...queueVariables,
  ORDER_DATABASE_URL: postgresUrl.meta({
    description: 'its database, required: postgresql://user:password@host:port/database',
    example: 'postgresql://postgres@127.0.0.1:5433/orders',
  }),
  DATABASE_READ_POOL_MAX: integerText(1, 500).default(4).meta({
    description:
      'additional connections to the database, for lists and exports; one client uses at most a quarter of them at once',
  }),
  /** Required in production: without Redis each process counts requests for itself, so a client gets several quotas. */
  REDIS_URL: redisUrl.optional().meta({
    description:
      'Redis: redis://host:port or rediss://host:port. Required in production; without it, limits and replays are kept in memory',
    example: 'redis://127.0.0.1:6380',
  }),
};

export type PlatformConfig = ReadPoolConfig &
  QueueConfig & {
    ORDER_DATABASE_URL: string;
    REDIS_URL?: string | undefined;
    RATE_LIMIT_PER_MINUTE: number;
  };

export function createPlatform(config: PlatformConfig, logger: Logger): Platform {
  const { ORDER_DATABASE_URL: url, RATE_LIMIT_PER_MINUTE: perMinute } = config;
  const metrics = createMetrics('order-service');
  const database = createDatabase(url, 'order-service', config, logger);
  addOutboxGauges(metrics, database);
  const redis = config.REDIS_URL === undefined ? null : createRedisConnection(config.REDIS_URL, logger);
  const queues = createQueueAccess(config, logger, metrics);
  const relay = createEventRelay({ db: database, ...queues, logger, metrics });
  const counts = redis
    ? fallbackStore(redisRateLimitStore(redis.redis, redis.attempt, database, 'requests'))
    : memoryStore();
  return {
    logger,
    metrics,
    database,
    readPool: createReadPool(url, 'order-service reads', config, logger),
    redis,
    queues,
    relay,
    sequencer: createEventSequencer({ db: database, logger }),
    limit: rateLimit({ perMinute, store: counts }),
    spendQuota: createQuotaSpender(perMinute, counts),
  };
}
