import { type TokenSigner } from '../shared/auth/access-token';
import { type KeyRing } from '../shared/auth/key-ring';
import { failureBudget } from '../shared/resilience/failure-budget';
import { fallbackStore, memoryStore } from '../shared/redis/fallback-store';
import { redisFailureCounts } from '../shared/redis/redis-failure-counts';
import { redisRateLimitStore } from '../shared/redis/redis-rate-limit-store';
import { createKeyRing } from '../shared/auth/key-ring-file';
import { cachedTokenStatus } from '../shared/auth/token-status';
import { lookUpTokenStatus } from './identity/use-cases/look-up-token-status';
import { authenticate } from '../shared/auth/authenticate';
import { verifySecret } from '../shared/auth/client-secret';
import { countUnpublished } from '../shared/event-log/unpublished-events';
import { createEventRelay } from '../shared/event-log/event-relay';
import { countRefused } from '../shared/event-log/refused-events';
import { trustsPeer } from '../shared/http/base-app';
import { productionProxyWatch } from '../shared/http/proxy-watch';
import { rateLimit } from '../shared/http/rate-limit';
import { quotaSpender } from '../shared/http/spend-quota';
import { type Operation } from '../shared/http/operation';
import { openApiDocument, type OpenApiDocument } from '../shared/http/openapi-document';
import { createHttpServer, type HttpServer } from '../shared/http/http-server';
import { createLogger, type Logger } from '../shared/observability/logger';
import { createMetrics, type AuthenticationOutcome } from '../shared/observability/metrics';
import { createDatabase } from '../shared/postgres/database';
import { createReadPool } from '../shared/postgres/read-pool';
import { createDeadLetters } from '../shared/dead-letters/dead-letters';
import { createQueueAccess } from '../shared/queue/queue-access';
import { createHashing } from '../shared/auth/hashing';
import { type ServiceClient } from '../shared/resilience/service-client';
import { armCrashPoint } from '../shared/resilience/crash-point';
import { type BackgroundLoop } from '../shared/runtime/background-loop';
import { createHousekeepingLoop } from '../shared/runtime/housekeeping-loop';
import { sideBySide, type Service } from '../shared/runtime/lifecycle';
import { createOrderServiceApp, orderServiceApi, type OrderServiceAppDependencies } from './app';
import { type OrderServiceConfig } from './config';
import { healthChecks } from './health';
import { createDeliveryServiceClient } from './fulfilment/delivery-service-client';
import { startConditions } from './start-conditions';
import { createRedisConnection } from '../shared/redis/redis-client';
import { createMemoryReplayCache } from '../shared/idempotency/memory-replay-cache';
import { createReplayCache } from '../shared/idempotency/replay-cache';
import { countFindings } from './fulfilment/use-cases/list-findings';
import { createReconciliationSweep } from './fulfilment/workers/reconciliation-sweep';
import { shipmentStatusApplication } from './orders/use-cases/apply-shipment-status';
import { recordUnknownOrders } from './fulfilment/use-cases/unknown-orders';
import { orderWriter } from './orders/use-cases/place-order';
import { expiredPruning } from './services/prune-expired';
import { createOrderReconciler } from './fulfilment/workers/order-reconciler';
import { shipmentStatusConsumer } from './fulfilment/workers/shipment-status-consumer';

/** Parts that tests replace. */
export interface OrderServiceOverrides {
  logger?: Logger;
  deliveryService?: ServiceClient;
  /** By default the hash that makes guessing expensive. */
  verifySecret?: typeof verifySecret;
  /** Operations beside its own, such as the floor that the benchmark measures against. */
  extraOperations?: readonly Operation[];
}

export interface OrderService extends Service {
  http: HttpServer;
  relay: BackgroundLoop;
  consumers: readonly BackgroundLoop[];
  reconciler: BackgroundLoop;
  sweep: BackgroundLoop;
  /** The OpenAPI document of its API. */
  contract(): OpenApiDocument;
}

/** Puts the Order Service together; nothing runs before its components are started. */
export function composeOrderService(
  config: OrderServiceConfig,
  overrides: OrderServiceOverrides = {},
): OrderService {
  armCrashPoint(config);
  const logger = overrides.logger ?? createLogger({ service: 'order-service', level: config.LOG_LEVEL });
  for (const warning of config.warnings) logger.warn(warning);
  const connections = connect(config, logger, overrides);
  const work = backgroundWork(config, logger, connections);
  const parts = {
    ...appParts(config, logger, connections, work.relay, overrides),
    extraOperations: overrides.extraOperations ?? [],
  };
  const app = createOrderServiceApp(parts);
  const http = createHttpServer({
    app,
    host: config.HOST,
    port: config.ORDER_SERVICE_PORT,
    connectionLimits: { maxPerAddress: config.MAX_CONNECTIONS_PER_ADDRESS, isExempt: trustsPeer(app) },
  });
  const { database, redis, deliveryService, queues } = connections;
  return {
    name: 'order-service',
    logger,
    stopTimeoutMs: config.SHUTDOWN_TIMEOUT_MS,
    processes: config.WEB_CONCURRENCY,
    components: [
      database,
      ...startConditions(database.db, config, logger),
      connections.readPool,
      connections.keys.watch,
      ...(redis ? [redis] : []),
      deliveryService,
      queues,
      work.relay,
      sideBySide('consumers', work.consumers),
      sideBySide('reconciliation', [work.reconciler, work.sweep]),
      work.housekeeping,
      http,
    ],
    http,
    ...work,
    contract: () => openApiDocument(orderServiceApi(parts)),
  };
}

type Connections = ReturnType<typeof connect>;

/** Everything that holds a connection to something else. */
function connect(config: OrderServiceConfig, logger: Logger, overrides: OrderServiceOverrides) {
  const database = createDatabase(config.ORDER_DATABASE_URL, 'order-service', config, logger);
  const redis = config.REDIS_URL === undefined ? null : createRedisConnection(config.REDIS_URL, logger);
  const keys = createKeyRing(config.signingKeys, logger);
  const signer = tokenSigner(config, keys);
  const metrics = createMetrics('order-service', {
    unpublished: () => countUnpublished(database.db),
    refused: () => countRefused(database.db),
  });
  metrics.gaugeByKind('reconciliation_findings', 'Orders that do not fit their shipments, by how.', () =>
    countFindings(database.db),
  );
  return {
    database,
    readPool: createReadPool(config.ORDER_DATABASE_URL, 'order-service reads', config, logger),
    metrics,
    keys,
    queues: createQueueAccess(config, logger, metrics),
    redis,
    replayCache: redis
      ? createReplayCache(redis.redis, redis.attempt, database.db)
      : createMemoryReplayCache(),
    signer,
    applyShipmentStatus: shipmentStatusApplication(database.pool, logger, recordUnknownOrders),
    deliveryService:
      overrides.deliveryService ?? createDeliveryServiceClient(config.DELIVERY_SERVICE_URL, signer),
  };
}

/** The loops that work without being asked. */
function backgroundWork(config: OrderServiceConfig, logger: Logger, connections: Connections) {
  const { database, queues, deliveryService, applyShipmentStatus, metrics } = connections;
  const { pool, db } = database;
  const relay = createEventRelay({ pool, ...queues, logger, metrics });
  const repair = {
    pool,
    deliveryService,
    applyShipmentStatus,
    afterSeconds: config.RECONCILE_AFTER_SECONDS,
    sweepDays: config.RECONCILE_SWEEP_DAYS,
    eventsWaiting: () => relay.nudge(),
    logger,
    metrics,
  };
  const sweep = createReconciliationSweep(repair);
  const unknownOrderFound = (): void => sweep.nudge();
  return {
    relay,
    consumers: queues.consumers(shipmentStatusConsumer({ ...repair, unknownOrderFound })),
    reconciler: createOrderReconciler(repair),
    sweep,
    housekeeping: createHousekeepingLoop(expiredPruning(db, config.EVENT_RETENTION_DAYS), logger),
  };
}

function appParts(
  config: OrderServiceConfig,
  logger: Logger,
  connections: Connections,
  relay: BackgroundLoop,
  overrides: OrderServiceOverrides,
): OrderServiceAppDependencies {
  const { database, queues, redis, keys, signer, metrics, deliveryService } = connections;
  const { replayCache, readPool, applyShipmentStatus } = connections;
  const { pool, db } = database;
  const counts = redis
    ? fallbackStore(redisRateLimitStore(redis.redis, redis.attempt, db, 'requests'))
    : memoryStore();
  const proxies = productionProxyWatch(config.NODE_ENV, logger);
  const limit = rateLimit({ perMinute: config.RATE_LIMIT_PER_MINUTE, store: counts });
  const verifier = { ...signer, ...keys };
  const tokenStatus = cachedTokenStatus((claims) => lookUpTokenStatus(db, claims));
  return {
    frame: {
      logger,
      metrics,
      trustedProxies: config.TRUSTED_PROXIES,
      corsOrigins: config.CORS_ORIGINS,
      ...proxies.frame,
    },
    gate: {
      authenticate: authenticate(verifier, tokenStatus),
      limit,
    },
    spendQuota: quotaSpender(config.RATE_LIMIT_PER_MINUTE, counts),
    health: { ...healthChecks(database, queues, redis), ...proxies.health },
    instanceId: config.INSTANCE_ID,
    metrics,
    tokens: { ...tokenParts(config, overrides, connections), verifier, limit },
    keys,
    shipments: { pool, db, deliveryService, applyShipmentStatus },
    lists: { reads: readPool },
    queues: { db, deadLetters: createDeadLetters({ ...queues.forRequests, logger }) },
    orders: {
      pool,
      writeOrder: orderWriter(db),
      replayCache,
      eventsWaiting: () => relay.nudge(),
      duplicateWindowSeconds: config.DUPLICATE_WINDOW_SECONDS,
    },
  };
}

/** What checks and issues credentials. */
function tokenParts(
  config: OrderServiceConfig,
  { verifySecret: verify = verifySecret }: OrderServiceOverrides,
  { database: { db }, redis, signer, metrics }: Connections,
) {
  return {
    db,
    verifySecret: verify,
    signer,
    hashing: createHashing(config.WEB_CONCURRENCY),
    wrongSecrets: failureBudget(redis && redisFailureCounts(redis.redis, redis.attempt, db)),
    authenticationEnded: (outcome: AuthenticationOutcome) => metrics.authenticationEnded(outcome),
  };
}

function tokenSigner(config: OrderServiceConfig, keys: KeyRing): TokenSigner {
  return {
    signingKey: () => keys.signingKey(),
    issuer: config.JWT_ISSUER,
    audience: config.JWT_AUDIENCE,
    expiresIn: config.JWT_EXPIRES_IN,
  };
}
