import { authenticate } from '../shared/auth/authenticate';
import { createRemoteKeys } from '../shared/auth/remote-keys';
import { createTokenCheck } from '../shared/auth/token-check';
import { cachedTokenStatus } from '../shared/auth/token-status';
import { createEventRelay } from '../shared/event-log/event-relay';
import { checkOutbox, addOutboxGauges } from '../shared/event-log/outbox-health';
import { trustsPeer } from '../shared/http/base-app';
import { productionProxyDetection } from '../shared/http/proxy-watch';
import { rateLimit } from '../shared/http/rate-limit';
import { openApiDocument, type OpenApiDocument } from '../shared/http/openapi-document';
import { createHttpServer, type HttpServer } from '../shared/http/http-server';
import { createLogger, type Logger } from '../shared/observability/logger';
import { createMetrics } from '../shared/observability/metrics';
import { createDatabase } from '../shared/postgres/database';
import { schemaCheck } from '../shared/postgres/schema-check';
import { createQueueAccess } from '../shared/queue/queue-access';
import { armCrashPoint } from '../shared/resilience/crash-point';
import { type BackgroundLoop, createHousekeepingLoop } from '../shared/runtime/background-loop';
import { parallelComponents, type Service } from '../shared/runtime/lifecycle';
import { createDeliveryServiceApp, deliveryServiceApi, type DeliveryServiceAppDependencies } from './app';
import { type Carrier } from './carriers/carrier';
import { manualCarrier } from './carriers/manual-carrier';
import { simulatedCarrier } from './carriers/simulated-carrier';
import { type DeliveryServiceConfig } from './config';
import { expiredPruning } from './services/prune-expired';
import { deliverySchema } from './store/migrations';
import { createTokenIntrospection } from './token-introspection';
import { orderConsumer } from './workers/order-consumer';
import { createCarrierTakeover } from './workers/carrier-takeover';
import { createShipmentProgress } from './workers/shipment-progress';

/** Parts that tests replace. */
export interface DeliveryServiceOverrides {
  logger?: Logger;
  carrier?: Carrier;
}

export interface DeliveryService extends Service {
  http: HttpServer;
  relay: BackgroundLoop;
  consumers: readonly BackgroundLoop[];
  progress: BackgroundLoop;
  /** The OpenAPI document of its API. */
  contract(): OpenApiDocument;
}

/** Composes the Delivery Service; nothing runs before its components are started. */
export function composeDeliveryService(
  config: DeliveryServiceConfig,
  overrides: DeliveryServiceOverrides = {},
): DeliveryService {
  armCrashPoint(config);
  const logger = overrides.logger ?? createLogger({ service: 'delivery-service', level: config.LOG_LEVEL });
  for (const warning of config.warnings) logger.warn(warning);
  const connections = connect(config, logger);
  const carrier = overrides.carrier ?? carrierOf(config);
  const work = backgroundWork(config, carrier, logger, connections);
  const steps = {
    db: connections.database,
    nextStepInMs: carrier.firstPollInMs,
    onShipmentChanged: work.onShipmentChanged,
    logger,
  };
  const parts = { ...appParts(config, logger, connections), steps };
  const app = createDeliveryServiceApp(parts);
  const http = createHttpServer({
    app,
    host: config.HOST,
    port: config.DELIVERY_SERVICE_PORT,
    connectionLimits: { maxPerAddress: config.MAX_CONNECTIONS_PER_ADDRESS, isExempt: trustsPeer(app) },
  });
  const { database, queues, issuerKeys, introspection } = connections;
  return {
    name: 'delivery-service',
    logger,
    stopTimeoutMs: config.SHUTDOWN_TIMEOUT_MS,
    processes: config.WEB_CONCURRENCY,
    components: [
      database,
      schemaCheck(database, deliverySchema(config.DATABASE_SCHEMA), logger),
      issuerKeys.refresh,
      introspection.client,
      queues,
      work.relay,
      parallelComponents('shipments', [work.progress, work.takeover]),
      parallelComponents('consumers', work.consumers),
      work.housekeeping,
      http,
    ],
    http,
    ...work,
    contract: () => openApiDocument(deliveryServiceApi(parts)),
  };
}

function carrierOf(config: DeliveryServiceConfig): Carrier {
  if (config.CARRIER === 'manual') return manualCarrier();
  return simulatedCarrier({ stepMs: config.SIMULATED_STEP_MS, failureRate: config.SIMULATED_FAILURE_RATE });
}

type Connections = ReturnType<typeof connect>;

/** The parts that hold connections to other systems. */
function connect(config: DeliveryServiceConfig, logger: Logger) {
  const issuer = config.ORDER_SERVICE_URL;
  const database = createDatabase(config.DELIVERY_DATABASE_URL, 'delivery-service', config, logger);
  const metrics = createMetrics('delivery-service');
  addOutboxGauges(metrics, database);
  return {
    database,
    metrics,
    queues: createQueueAccess(config, logger, metrics),
    issuerKeys: createRemoteKeys({ url: new URL('/.well-known/jwks.json', issuer).href, logger }),
    introspection: createTokenIntrospection(issuer),
  };
}

/** The background loops. */
function backgroundWork(
  config: DeliveryServiceConfig,
  carrier: Carrier,
  logger: Logger,
  { database, queues, metrics }: Connections,
) {
  const relay = createEventRelay({ db: database, ...queues, logger, metrics });
  const progress = createShipmentProgress({ db: database, carrier, logger });
  const takeover = createCarrierTakeover({ db: database, carrier, logger });
  const onShipmentChanged = (): void => progress.nudge();
  return {
    onShipmentChanged,
    relay,
    progress,
    takeover,
    consumers: queues.consumers(
      orderConsumer({
        ...{ db: database, logger, onShipmentChanged },
        firstPollInMs: progress.firstStepInMs,
        onShipmentCreated: progress.handOver,
      }),
    ),
    housekeeping: createHousekeepingLoop([expiredPruning(database, config)], logger),
  };
}

function appParts(
  config: DeliveryServiceConfig,
  logger: Logger,
  { database, queues, issuerKeys, introspection, metrics }: Connections,
): Omit<DeliveryServiceAppDependencies, 'steps'> {
  const db = database;
  const proxies = productionProxyDetection(config.NODE_ENV, logger);
  const verifier = { ...issuerKeys, issuer: config.JWT_ISSUER, audience: config.JWT_AUDIENCE };
  return {
    appOptions: {
      logger,
      metrics,
      trustedProxies: config.TRUSTED_PROXIES,
      corsOrigins: config.CORS_ORIGINS,
      ...proxies.appOptions,
    },
    checks: {
      authenticate: authenticate(createTokenCheck(verifier), cachedTokenStatus(introspection.lookUp)),
      limit: rateLimit({ perMinute: config.RATE_LIMIT_PER_MINUTE }),
    },
    health: {
      postgres: { check: () => db.query('SELECT 1'), critical: true },
      sqs: { check: () => queues.check(), critical: false },
      outbox: { check: () => checkOutbox(db), critical: false },
      ...proxies.health,
    },
    instanceId: config.INSTANCE_ID,
    metrics,
    db,
    issuer: config.JWT_ISSUER,
  };
}
