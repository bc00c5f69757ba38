import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { composeDeliveryService } from '../../src/delivery-service/composition';
import { readDeliveryServiceConfig } from '../../src/delivery-service/config';
import { composeOrderService, readOrderServiceConfig } from '../../src/order-service/composition';
import { createLogger } from '../../src/shared/observability/logger';
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

/** The OpenAPI documents of both services with the default configuration. */
export function contracts(): Record<ServiceName, OpenApiDocument> {
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const environment = {
    ...NOWHERE,
    JWT_PRIVATE_KEY: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    CLIENT_SECRET_PEPPERS: randomBytes(32).toString('base64url'),
    WEBHOOK_SECRET_KEYS: randomBytes(32).toString('base64url'),
  };
  const logger = createLogger({ service: 'contract', level: 'error', silent: true });
  return {
    'order-service': composeOrderService(readOrderServiceConfig(environment), { logger }).contract(),
    'delivery-service': composeDeliveryService(readDeliveryServiceConfig(environment), { logger }).contract(),
  };
}
