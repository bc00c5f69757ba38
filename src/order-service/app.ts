import { Router, type Express } from 'express';
import { type Logger } from '../shared/observability/logger';
import { type Metrics } from '../shared/observability/metrics';
import { createBaseApp, type BaseAppOptions } from '../shared/http/base-app';
import { contractOperation } from '../shared/http/contract-operations';
import { type HealthChecks } from '../shared/http/health-checks';
import { healthOperations } from '../shared/http/health-operations';
import { indexOperation } from '../shared/http/index-operation';
import { metricsOperation } from '../shared/http/metrics-operation';
import { type ApiDescription } from '../shared/http/openapi-document';
import { operationRoutes, type Gate } from '../shared/http/operation-routes';
import { type Operation } from '../shared/http/operation';
import { swaggerUi } from '../shared/http/swagger-ui';
import { ORDER_SERVICE_API } from './api-description';

export interface ApiParts {
  /** Those of the modules. */
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

/** The HTTP side of the Order Service; every operation is served under `/v1` too. */
export function createOrderServiceApp(
  { operations, title }: ApiDescription,
  { frame, gate }: { frame: BaseAppOptions; gate: Gate },
): Express {
  return createBaseApp(frame, (app) => {
    const api = Router();
    api.use(operationRoutes(operations, gate));
    app.use(swaggerUi(title));
    app.use('/v1', api);
    app.use(api);
  });
}
