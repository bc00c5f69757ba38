import { Router, type Express } from 'express';
import { createBaseApp, type BaseAppOptions } from '../shared/http/base-app';
import { contractOperation } from '../shared/http/contract-operations';
import { type HealthChecks } from '../shared/http/health-checks';
import { healthOperations } from '../shared/http/health-operations';
import { indexOperation } from '../shared/http/index-operation';
import { metricsOperation } from '../shared/http/metrics-operation';
import { type ApiDescription } from '../shared/http/openapi-document';
import { type Operation } from '../shared/http/operation';
import { operationRoutes, type Gate } from '../shared/http/operation-routes';
import { swaggerUi } from '../shared/http/swagger-ui';
import { type Metrics } from '../shared/observability/metrics';
import { type Queryable } from '../shared/postgres/queryable';
import { DELIVERY_SERVICE_API } from './routes/api-description';
import { reconciliationOperations } from './routes/reconciliation-operations';
import { shipmentOperations } from './routes/shipment-operations';
import { shipmentStepOperations } from './routes/shipment-step-operations';
import { type ChangeShipmentDependencies } from './services/change-shipment';

export interface DeliveryServiceAppDependencies {
  frame: BaseAppOptions;
  gate: Gate;
  health: HealthChecks;
  /** Shown by the health operations. */
  instanceId: string | undefined;
  metrics: Metrics;
  db: Queryable;
  steps: ChangeShipmentDependencies;
  /** Who issues the tokens: the Order Service as callers see it. */
  issuer: string;
}

/** The HTTP side of the Delivery Service; every operation is served under `/v1` too. */
export function createDeliveryServiceApp(deps: DeliveryServiceAppDependencies): Express {
  const { operations, title } = deliveryServiceApi(deps);
  return createBaseApp(deps.frame, (app) => {
    const api = Router();
    api.use(operationRoutes(operations, deps.gate));
    app.use(swaggerUi(title, [new URL(deps.issuer).origin]));
    app.use('/v1', api);
    app.use(api);
  });
}

/** Everything that the Delivery Service's API can do. */
export function deliveryServiceApi(deps: DeliveryServiceAppDependencies): ApiDescription {
  const operations: Operation[] = [
    ...shipmentOperations(deps.db),
    ...shipmentStepOperations(deps.steps),
    ...reconciliationOperations(deps.steps),
    ...healthOperations('delivery-service', deps.health, deps.frame.logger, deps.instanceId),
    metricsOperation(deps.metrics),
    contractOperation(() => api),
    indexOperation(DELIVERY_SERVICE_API, { shipments: '/shipments' }),
  ];
  const tokenUrl = new URL('/auth/token', deps.issuer).href;
  const api = { ...DELIVERY_SERVICE_API, tokenUrl, operations };
  return api;
}
