import { authenticate } from '../shared/auth/authenticate';
import { createEventRelay } from '../shared/event-log/event-relay';
import { noLimit } from '../shared/http/no-limit';
import { openApiDocument, type OpenApiDocument } from '../shared/http/openapi-document';
import { createHttpServer, type HttpServer } from '../shared/http/http-server';
import { type HealthChecks } from '../shared/http/health-checks';
import { createLogger, type Logger } from '../shared/observability/logger';
import { createDatabase } from '../shared/postgres/database';
import { createQueueAccess } from '../shared/queue/queue-access';
import { type BackgroundLoop } from '../shared/runtime/background-loop';
import { createHousekeepingLoop } from '../shared/runtime/housekeeping-loop';
import { type Service } from '../shared/runtime/lifecycle';
import { createDeliveryServiceApp, deliveryServiceApi, type DeliveryServiceAppDependencies } from './app';
import { type Carrier } from './carriers/carrier';
import { simulatedCarrier } from './carriers/simulated-carrier';
import { type DeliveryServiceConfig } from './config';
import { pruneInbox } from './services/prune-inbox';
import { orderConsumer } from './workers/order-consumer';
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

/** Puts the Delivery Service together; nothing runs before its components are started. */
export function composeDeliveryService(
  config: DeliveryServiceConfig,
  overrides: DeliveryServiceOverrides = {},
): DeliveryService {
  const logger = overrides.logger ?? createLogger({ service: 'delivery-service', level: config.LOG_LEVEL });
  const database = createDatabase(config.DELIVERY_DATABASE_URL, 'delivery-service', config, logger);
  const queues = createQueueAccess(config, logger);
  const carrier =
    overrides.carrier ??
    simulatedCarrier({ stepMs: config.SIMULATED_STEP_MS, failureRate: config.SIMULATED_FAILURE_RATE });
  const { pool, db } = database;

  const relay = createEventRelay({ pool, ...queues, logger });
  const eventsWaiting = (): void => relay.nudge();
  const progress = createShipmentProgress({ pool, carrier, logger, eventsWaiting });
  const shipmentChanged = (): void => {
    relay.nudge();
    progress.nudge();
  };
  const consumers = queues.consumers(
    orderConsumer({ pool, firstStepInMs: carrier.firstStepInMs, shipmentChanged }),
  );
  const health: HealthChecks = {
    postgres: { check: () => db.query('SELECT 1'), critical: true },
    sqs: { check: () => queues.check(), critical: false },
  };
  const verifier = {
    publicKey: config.verificationKey,
    issuer: config.JWT_ISSUER,
    audience: config.JWT_AUDIENCE,
  };
  const parts: DeliveryServiceAppDependencies = {
    logger,
    gate: { authenticate: authenticate(verifier), limit: noLimit },
    health,
    db,
    issuer: config.JWT_ISSUER,
  };
  const app = createDeliveryServiceApp(parts);
  const http = createHttpServer({ app, host: config.HOST, port: config.DELIVERY_SERVICE_PORT });
  return {
    name: 'delivery-service',
    logger,
    stopTimeoutMs: config.SHUTDOWN_TIMEOUT_MS,
    components: [
      database,
      queues,
      relay,
      progress,
      ...consumers,
      createHousekeepingLoop(() => pruneInbox(db), logger),
      http,
    ],
    http,
    relay,
    consumers,
    progress,
    contract: () => openApiDocument(deliveryServiceApi(parts)),
  };
}
