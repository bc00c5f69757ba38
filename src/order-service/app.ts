import { type Express, Router } from 'express';
import { VERSION } from '../shared/config/version';
import { type BaseAppOptions, createBaseApp } from '../shared/http/base-app';
import { type HealthChecks } from '../shared/http/health-checks';
import { HEALTH_TAG, healthOperations } from '../shared/http/health-operations';
import { type ApiDescription } from '../shared/http/openapi-document';
import { type Operation } from '../shared/http/operation';
import { type AccessChecks, operationRoutes } from '../shared/http/operation-routes';
import {
  CONTRACT_TAG,
  contractOperation,
  indexOperation,
  metricsOperation,
} from '../shared/http/service-operations';
import { swaggerUi } from '../shared/http/swagger-ui';
import { type Logger } from '../shared/observability/logger';
import { type Metrics } from '../shared/observability/metrics';
import { RECONCILIATION_TAG } from './fulfilment/routes/reconciliation-operations';
import { CLIENTS_TAG } from './identity/routes/client-operations';
import { OAUTH_TAG } from './identity/routes/discovery-operations';
import { ORDERS_TAG } from './orders/routes/order-schemas';
import { QUEUES_TAG } from './queues/routes/queue-operations';

/** The description of the Order Service in its OpenAPI document. */
export const ORDER_SERVICE_API: Omit<ApiDescription, 'operations'> = {
  title: 'Order Service',
  version: VERSION,
  description:
    'Accepts orders and tracks them until a final status. An order answered with 2xx reaches a final status exactly once. ' +
    'Errors are RFC 9457 problems; `code` is the stable name of each. Times are RFC 3339 in upper case, in the years 1 to 9999 UTC, and ' +
    'kept to the millisecond. A JSON number that a double (IEEE 754 binary64) cannot hold exactly is refused.',
  tokenUrl: '/auth/token',
  tags: [
    {
      name: OAUTH_TAG,
      description:
        'Access tokens by client credentials (RFC 6749 §4.4), their introspection and revocation, keys and metadata.',
    },
    { name: ORDERS_TAG, description: 'Orders of the calling client; operators see all.' },
    { name: CLIENTS_TAG, description: 'Clients that can request tokens, and their scopes.' },
    { name: QUEUES_TAG, description: 'The queues between the services, and their dead letters.' },
    { name: RECONCILIATION_TAG, description: 'Orders that do not match their shipments.' },
    HEALTH_TAG,
    CONTRACT_TAG,
  ],
};

export interface ApiParts {
  /** The operations of the modules. */
  operations: readonly Operation[];
  health: HealthChecks;
  /** Shown by the health operations. */
  instanceId: string | undefined;
  logger: Logger;
  metrics: Metrics;
}

/** The API of the Order Service: the operations of its modules, and those that every service has. */
export function orderServiceApi({
  operations,
  health,
  instanceId,
  logger,
  metrics,
}: ApiParts): ApiDescription {
  const all: Operation[] = [
    ...operations,
    ...healthOperations('order-service', health, logger, instanceId),
    metricsOperation(metrics),
    contractOperation(() => api),
    indexOperation(ORDER_SERVICE_API, {
      token: '/auth/token',
      key_set: '/.well-known/jwks.json',
      authorization_server: '/.well-known/oauth-authorization-server',
      orders: '/orders',
    }),
  ];
  const api = { ...ORDER_SERVICE_API, operations: all };
  return api;
}

/** The HTTP server application of the Order Service; every operation is also served under `/v1`. */
export function createOrderServiceApp(
  { operations, title }: ApiDescription,
  { appOptions, checks }: { appOptions: BaseAppOptions; checks: AccessChecks },
): Express {
  return createBaseApp(appOptions, (app) => {
    const api = Router();
    api.use(operationRoutes(operations, checks));
    app.use(swaggerUi(title));
    app.use('/v1', api);
    app.use(api);
  });
}
