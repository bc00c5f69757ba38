import { z } from 'zod';
import { type KeyRingSource, readSigningKeys } from '../shared/auth/key-ring';
import { readPeppers } from '../shared/auth/secret-digest';
import { readSecretKeys } from '../shared/config/secret-keys';
import { httpUrl, redisUrl } from '../shared/config/fragments';
import { joinScopes, OPERATOR_SCOPES, SHIPMENT_SCOPES } from '../shared/contracts/scopes';
import { readEnv, readServiceEnv, readCombined } from '../shared/config/read-env';
import { trustsPeer } from '../shared/http/base-app';
import { type AsyncApiDocument } from '../shared/http/asyncapi-document';
import { createHttpServer, type HttpServer } from '../shared/http/http-server';
import { openApiDocument, type OpenApiDocument } from '../shared/http/openapi-document';
import { type Operation } from '../shared/http/operation';
import { webSocketPaths } from '../shared/http/operation-routes';
import { productionProxyDetection } from '../shared/http/proxy-watch';
import { createLogger, type Logger } from '../shared/observability/logger';
import { armCrashPoint } from '../shared/resilience/crash-point';
import { type ServiceClient } from '../shared/resilience/service-client';
import { type BackgroundLoop } from '../shared/runtime/background-loop';
import { type Service } from '../shared/runtime/lifecycle';
import { createOrderServiceApp, orderServiceApi } from './app';
import { catalogueScopes, composeCatalogue } from './catalogue/module';
import { componentsOf, healthChecks } from './components';
import { processSettings } from './config';
import { createFindOrderProducts } from './catalogue/use-cases/find-order-products';
import { composeFulfilment, type FulfilmentModule, fulfilmentSettings } from './fulfilment/module';
import { composeIdentity, type IdentityModule, identityScopes, identitySettings } from './identity/module';
import { composeInventory, inventoryScopes } from './inventory/module';
import { endStock } from './inventory/use-cases/change-stock';
import { findLowStock } from './inventory/use-cases/read-stock';
import { composeNotifications, notificationScopes, notificationSettings } from './notifications/module';
import { composeOrders, orderScopes, orderSettings } from './orders/module';
import { createPlatform, type Module, type Platform, platformSettings } from './platform';
import { composeQueues } from './queues/module';
import { webhookChannel } from './webhooks/routes/webhook-channel';
import { composeStreams, streamSettings } from './streams/module';
import {
  composeWebhooks,
  webhookScopes,
  webhookSettings,
  webhookSettingsInProduction,
} from './webhooks/module';

/** The environment variables of the Order Service, described in .env.example. */
export const orderServiceVariables = z.object({
  ...processSettings,
  ...platformSettings,
  ...identitySettings,
  ...orderSettings,
  ...fulfilmentSettings,
  ...webhookSettings,
  ...notificationSettings,
  ...streamSettings,
});

/** The scopes that clients can be granted. */
export const orderServiceScopes = joinScopes([
  orderScopes,
  SHIPMENT_SCOPES,
  webhookScopes,
  notificationScopes,
  catalogueScopes,
  inventoryScopes,
  identityScopes,
  OPERATOR_SCOPES,
]);

export type OrderServiceConfig = z.output<typeof orderServiceVariables> & {
  signingKeys: KeyRingSource;
  /** The keys of the hashes of client secrets. */
  peppers: readonly Buffer[];
  /** The keys that encrypt the secrets of webhooks. */
  webhookKeys: readonly Buffer[];
  /** Warnings about the environment, for the log. */
  warnings: readonly string[];
};

/** Parts that tests replace. */
export interface OrderServiceOverrides {
  logger?: Logger;
  deliveryService?: ServiceClient;
  /** Additional operations, such as the baseline of the benchmark. */
  extraOperations?: readonly Operation[];
}

export interface OrderService extends Service, Pick<FulfilmentModule, 'consumers' | 'reconciler' | 'sweep'> {
  http: HttpServer;
  relay: BackgroundLoop;
  /** The OpenAPI document of its API. */
  contract(): OpenApiDocument;
  /** The AsyncAPI document of its messages to clients. */
  asyncContract(): AsyncApiDocument;
}

/** The variables that production requires, or restricts. */
const inProduction = { JWT_ISSUER: httpUrl, REDIS_URL: redisUrl, ...webhookSettingsInProduction };

/** @throws ConfigError listing every variable that is wrong or missing. */
export function readOrderServiceConfig(environment?: NodeJS.ProcessEnv): OrderServiceConfig {
  return readCombined(
    () => readServiceEnv(orderServiceVariables, inProduction, environment),
    () => readSecrets(environment),
  );
}

/** @throws ConfigError */
function readSecrets(environment?: NodeJS.ProcessEnv) {
  const ofKeys = orderServiceVariables
    .pick({
      JWT_ALGORITHM: true,
      JWT_PRIVATE_KEY: true,
      JWT_PRIVATE_KEY_FILE: true,
      CLIENT_SECRET_PEPPERS: true,
      CLIENT_SECRET_PEPPERS_FILE: true,
      WEBHOOK_SECRET_KEYS: true,
      WEBHOOK_SECRET_KEYS_FILE: true,
    })
    .extend({ JWT_ALGORITHM: orderServiceVariables.shape.JWT_ALGORITHM.catch('RS256') });
  const { JWT_ALGORITHM: algorithm, ...values } = readEnv(ofKeys, environment);
  const { JWT_PRIVATE_KEY: pem, JWT_PRIVATE_KEY_FILE: keyFile } = values;
  const keySource = (variable: 'CLIENT_SECRET_PEPPERS' | 'WEBHOOK_SECRET_KEYS') => ({
    variable,
    text: values[variable],
    file: values[`${variable}_FILE`],
  });
  return readCombined(
    () => ({
      signingKeys: readSigningKeys({ variable: 'JWT_PRIVATE_KEY', pem, file: keyFile, algorithm }),
    }),
    () =>
      readCombined(
        () => ({ peppers: readPeppers(keySource('CLIENT_SECRET_PEPPERS')) }),
        () => ({ webhookKeys: readSecretKeys(keySource('WEBHOOK_SECRET_KEYS'), 'key') }),
      ),
  );
}

/** Composes the Order Service; nothing runs before its components are started. */
export function composeOrderService(
  config: OrderServiceConfig,
  overrides: OrderServiceOverrides = {},
): OrderService {
  armCrashPoint(config);
  const logger = overrides.logger ?? createLogger({ service: 'order-service', level: config.LOG_LEVEL });
  for (const warning of config.warnings) logger.warn(warning);
  const platform = createPlatform(config, logger);
  const identity = composeIdentity(platform, config, { scopes: orderServiceScopes.scopes });
  const catalogue = composeCatalogue(platform, { lowOnStock: findLowStock, endStock });
  const inventory = composeInventory(platform);
  const orders = composeOrders(platform, config);
  const { signer } = identity;
  const fulfilment = composeFulfilment(platform, config, {
    signer,
    deliveryService: overrides.deliveryService,
  });
  const webhooks = composeWebhooks(platform, config);
  const notifications = composeNotifications(platform, config, {
    findProducts: createFindOrderProducts(platform.database),
  });
  const streams = composeStreams(platform, config);
  const modules = [
    identity,
    catalogue,
    inventory,
    orders,
    fulfilment,
    webhooks,
    notifications,
    streams,
    composeQueues(platform),
  ];
  const extraOperations = overrides.extraOperations ?? [];
  const { api, http } = composeHttp(config, platform, identity, modules, extraOperations);
  return {
    name: 'order-service',
    logger,
    stopTimeoutMs: config.SHUTDOWN_TIMEOUT_MS,
    processes: config.WEB_CONCURRENCY,
    components: [
      ...componentsOf(config.DATABASE_SCHEMA, platform, modules),
      http,
      ...modules.flatMap(({ waiting = [] }) => waiting),
    ],
    http,
    relay: platform.relay,
    consumers: fulfilment.consumers,
    reconciler: fulfilment.reconciler,
    sweep: fulfilment.sweep,
    contract: () => openApiDocument(api),
    asyncContract: api.messages,
  };
}

function composeHttp(
  config: OrderServiceConfig,
  platform: Platform,
  { authenticate }: IdentityModule,
  modules: readonly Module[],
  extraOperations: readonly Operation[],
) {
  const { logger, metrics, limit } = platform;
  const proxies = productionProxyDetection(config.NODE_ENV, logger);
  const api = orderServiceApi({
    modules,
    extraOperations,
    extraChannels: [webhookChannel([])],
    health: { ...healthChecks(platform, modules), ...proxies.health },
    instanceId: config.INSTANCE_ID,
    logger,
    metrics,
  });
  const app = createOrderServiceApp(api, {
    appOptions: {
      logger,
      metrics,
      trustedProxies: config.TRUSTED_PROXIES,
      corsOrigins: config.CORS_ORIGINS,
      ...proxies.appOptions,
    },
    checks: { authenticate, limit },
  });
  const http = createHttpServer({
    app,
    host: config.HOST,
    port: config.ORDER_SERVICE_PORT,
    connectionLimits: { maxPerAddress: config.MAX_CONNECTIONS_PER_ADDRESS, isExempt: trustsPeer(app) },
    webSocketPaths: webSocketPaths(api.operations),
  });
  return { api, http };
}
