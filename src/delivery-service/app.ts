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
import { OUTBOX_TAG, outboxOperations } from '../shared/http/outbox-operations';
import { swaggerUi } from '../shared/http/swagger-ui';
import { type Metrics } from '../shared/observability/metrics';
import { type Queryable } from '../shared/postgres/queryable';
import { RECONCILIATION_TAG, reconciliationOperations } from './routes/reconciliation-operations';
import { shipmentOperations, SHIPMENTS_TAG } from './routes/shipment-operations';
import { shipmentStepOperations } from './routes/shipment-step-operations';
import { type ChangeShipmentDependencies } from './services/change-shipment';

/** The description of the Delivery Service in its OpenAPI document. */
const DELIVERY_SERVICE_API: Omit<ApiDescription, 'operations' | 'tokenUrl'> = {
  title: 'Delivery Service',
  version: VERSION,
  description:
    'Keeps the shipments of orders and drives them through a carrier. Tokens come from the Order Service. ' +
    'Errors are RFC 9457 problems; `code` is the stable name of each. Times are RFC 3339 in upper case, in the years 1 to 9999 UTC, and ' +
    'kept to the millisecond. A JSON number that a double (IEEE 754 binary64) cannot hold exactly is refused.',
  tags: [
    { name: SHIPMENTS_TAG, description: "Shipments of the calling client's orders; operators see all." },
    {
      name: RECONCILIATION_TAG,
      description: 'Comparison of shipments with orders, called by the Order Service.',
    },
    OUTBOX_TAG,
    HEALTH_TAG,
    CONTRACT_TAG,
  ],
};

export interface DeliveryServiceAppDependencies {
  appOptions: BaseAppOptions;
  checks: AccessChecks;
  health: HealthChecks;
  /** Shown by the health operations. */
  instanceId: string | undefined;
  metrics: Metrics;
  db: Queryable;
  steps: ChangeShipmentDependencies;
  /** The issuer of the tokens: the URL of the Order Service as callers see it. */
  issuer: string;
}

/** The HTTP server application of the Delivery Service; every operation is also served under `/v1`. */
export function createDeliveryServiceApp(deps: DeliveryServiceAppDependencies): Express {
  const { operations, title } = deliveryServiceApi(deps);
  return createBaseApp(deps.appOptions, (app) => {
    const api = Router();
    api.use(operationRoutes(operations, deps.checks));
    app.use(swaggerUi(title, [new URL(deps.issuer).origin]));
    app.use('/v1', api);
    app.use(api);
  });
}

/** All operations of the API of the Delivery Service. */
export function deliveryServiceApi(deps: DeliveryServiceAppDependencies): ApiDescription {
  const operations: Operation[] = [
    ...shipmentOperations(deps.db),
    ...shipmentStepOperations(deps.steps),
    ...reconciliationOperations(deps.steps),
    ...outboxOperations(deps.steps),
    ...healthOperations('delivery-service', deps.health, deps.appOptions.logger, deps.instanceId),
    metricsOperation(deps.metrics),
    contractOperation(() => api),
    indexOperation(DELIVERY_SERVICE_API, { shipments: '/shipments' }),
  ];
  const tokenUrl = new URL('/auth/token', deps.issuer).href;
  const api = { ...DELIVERY_SERVICE_API, tokenUrl, operations };
  return api;
}
