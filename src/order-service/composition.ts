import { createPublicKey } from 'node:crypto';
import { type TokenSigner } from '../shared/auth/access-token';
import { authenticate } from '../shared/auth/authenticate';
import { verifySecret } from '../shared/auth/client-secret';
import { createEventRelay } from '../shared/event-log/event-relay';
import { noLimit } from '../shared/http/no-limit';
import { openApiDocument, type OpenApiDocument } from '../shared/http/openapi-document';
import { createHttpServer, type HttpServer } from '../shared/http/http-server';
import { type HealthChecks } from '../shared/http/health-checks';
import { createLogger, type Logger } from '../shared/observability/logger';
import { createDatabase, type Database } from '../shared/postgres/database';
import { createQueueAccess, type QueueAccess } from '../shared/queue/queue-access';
import { type ServiceClient } from '../shared/resilience/service-client';
import { type BackgroundLoop } from '../shared/runtime/background-loop';
import { createHousekeepingLoop } from '../shared/runtime/housekeeping-loop';
import { type Component, type Service } from '../shared/runtime/lifecycle';
import { createOrderServiceApp, orderServiceApi, type OrderServiceAppDependencies } from './app';
import { type OrderServiceConfig } from './config';
import { createDeliveryServiceClient } from './delivery-service-client';
import { refuseDemoClients } from './services/clients/seed-demo-clients';
import { createRedisClient } from './store/redis-client';
import { createReplayCache, type ReplayCache } from './store/replay-cache';
import { pruneSubmissions } from './services/prune-submissions';
import { createOrderReconciler } from './workers/order-reconciler';
import { shipmentStatusConsumer } from './workers/shipment-status-consumer';

/** Parts that tests replace. */
export interface OrderServiceOverrides {
  logger?: Logger;
  deliveryService?: ServiceClient;
}

export interface OrderService extends Service {
  http: HttpServer;
  relay: BackgroundLoop;
  consumers: readonly BackgroundLoop[];
  reconciler: BackgroundLoop;
  /** The OpenAPI document of its API. */
  contract(): OpenApiDocument;
}

/** Puts the Order Service together; nothing runs before its components are started. */
export function composeOrderService(
  config: OrderServiceConfig,
  overrides: OrderServiceOverrides = {},
): OrderService {
  const logger = overrides.logger ?? createLogger({ service: 'order-service', level: config.LOG_LEVEL });
  const connections = connect(config, logger, overrides);
  const work = backgroundWork(config, logger, connections);
  const parts = appParts(config, logger, connections, work.relay);
  const app = createOrderServiceApp(parts);
  const http = createHttpServer({ app, host: config.HOST, port: config.ORDER_SERVICE_PORT });
  const { database, replayCache, deliveryService, queues } = connections;
  return {
    name: 'order-service',
    logger,
    stopTimeoutMs: config.SHUTDOWN_TIMEOUT_MS,
    components: [
      database,
      replayCache,
      deliveryService,
      queues,
      ...(config.NODE_ENV === 'production' ? [demoClientsCheck(() => refuseDemoClients(database.db))] : []),
      work.relay,
      ...work.consumers,
      work.reconciler,
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
  const signer = tokenSigner(config);
  return {
    database,
    queues: createQueueAccess(config, logger),
    replayCache: createReplayCache(createRedisClient(config.REDIS_URL, logger), database.db),
    signer,
    deliveryService:
      overrides.deliveryService ?? createDeliveryServiceClient(config.DELIVERY_SERVICE_URL, signer),
  };
}

/** The loops that work without being asked. */
function backgroundWork(config: OrderServiceConfig, logger: Logger, connections: Connections) {
  const { database, queues, deliveryService } = connections;
  const { pool, db } = database;
  const relay = createEventRelay({ pool, ...queues, logger });
  return {
    relay,
    consumers: queues.consumers(shipmentStatusConsumer({ pool, deliveryService, logger })),
    reconciler: createOrderReconciler({
      pool,
      deliveryService,
      afterSeconds: config.RECONCILE_AFTER_SECONDS,
      eventsWaiting: () => relay.nudge(),
      logger,
    }),
    housekeeping: createHousekeepingLoop(() => pruneSubmissions(db), logger),
  };
}

function appParts(
  config: OrderServiceConfig,
  logger: Logger,
  { database, queues, replayCache, signer }: Connections,
  relay: BackgroundLoop,
): OrderServiceAppDependencies {
  const { pool, db } = database;
  const verifier = { ...signer, publicKey: createPublicKey(signer.privateKey) };
  return {
    logger,
    gate: { authenticate: authenticate(verifier), limit: noLimit },
    health: healthChecks(database, queues, replayCache),
    tokens: { db, verifySecret, signer },
    orders: {
      pool,
      replayCache,
      eventsWaiting: () => relay.nudge(),
      duplicateWindowSeconds: config.DUPLICATE_WINDOW_SECONDS,
    },
  };
}

function healthChecks({ db }: Database, queues: QueueAccess, replayCache: ReplayCache): HealthChecks {
  return {
    postgres: { check: () => db.query('SELECT 1'), critical: true },
    redis: { check: () => replayCache.check(), critical: false },
    sqs: { check: () => queues.check(), critical: false },
  };
}

function tokenSigner(config: OrderServiceConfig): TokenSigner {
  return {
    privateKey: config.signingKey,
    issuer: config.JWT_ISSUER,
    audience: config.JWT_AUDIENCE,
    expiresIn: config.JWT_EXPIRES_IN,
  };
}

function demoClientsCheck(check: () => Promise<void>): Component {
  return { name: 'demo clients check', start: check, stop: () => Promise.resolve() };
}
