import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { composeDeliveryService } from '../../src/delivery-service/composition';
import { readDeliveryServiceConfig } from '../../src/delivery-service/config';
import { composeOrderService, readOrderServiceConfig } from '../../src/order-service/composition';
import { createLogger } from '../../src/shared/observability/logger';
import { type AsyncApiDocument } from '../../src/shared/http/asyncapi-document';
import { type OpenApiDocument } from '../../src/shared/http/openapi-document';

export type ServiceName = 'order-service' | 'delivery-service';

/** Operations of the Delivery Service that only the Order Service may call. */
export const SERVICE_OPERATIONS: readonly string[] = [
  'restoreReportedShipments',
  'sweepShipments',
  'changeShipmentHolds',
];

/** Minimal settings to compose the services; no connection is opened before a service is started. */
const NOWHERE = {
  ORDER_DATABASE_URL: 'postgresql://127.0.0.1:1/orders',
  DELIVERY_DATABASE_URL: 'postgresql://127.0.0.1:1/deliveries',
  REDIS_URL: 'redis://127.0.0.1:1',
  ORDER_SERVICE_URL: 'http://127.0.0.1:1',
  DELIVERY_SERVICE_URL: 'http://127.0.0.1:1',
};

/** The contracts of both services with the default configuration. */
export interface Contracts {
  openApi: Record<ServiceName, OpenApiDocument>;
  /** The messages of the Order Service to its clients. */
  asyncApi: AsyncApiDocument;
}

/** The OpenAPI documents of both services. */
export const contracts = (): Contracts['openApi'] => allContracts().openApi;

export function allContracts(): Contracts {
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const environment = {
    ...NOWHERE,
    JWT_PRIVATE_KEY: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    CLIENT_SECRET_PEPPERS: randomBytes(32).toString('base64url'),
    WEBHOOK_SECRET_KEYS: randomBytes(32).toString('base64url'),
  };
  const logger = createLogger({ service: 'contract', level: 'error', silent: true });
  const orders = composeOrderService(readOrderServiceConfig(environment), { logger });
  const deliveries = composeDeliveryService(readDeliveryServiceConfig(environment), { logger });
  return {
    openApi: { 'order-service': orders.contract(), 'delivery-service': deliveries.contract() },
    asyncApi: orders.asyncContract(),
  };
}
