import { Router, type Express } from 'express';
import { type KeyRing } from '../shared/auth/key-ring';
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
import { type SpendQuota } from '../shared/http/spend-quota';
import { swaggerUi } from '../shared/http/swagger-ui';
import { ORDER_SERVICE_API } from './api-description';
import { bulkOperation } from './orders/routes/bulk-operations';
import { clientOperations } from './identity/routes/client-operations';
import { keySetOperation } from './identity/routes/key-operations';
import { exportOperation } from './orders/routes/export-operations';
import { orderListOperation } from './orders/routes/order-list-operations';
import { type ListOrdersDependencies } from './orders/use-cases/list-orders';
import { orderOperations, type OrderOperationsDependencies } from './orders/routes/order-operations';
import { metadataOperation } from './identity/routes/metadata-operations';
import { queueOperations, type QueueOperationsDependencies } from './queues/routes/queue-operations';
import { reconciliationOperations } from './fulfilment/routes/reconciliation-operations';
import { tokenCareOperations, type TokenCareDependencies } from './identity/routes/token-care-operations';
import { tokenOperation, type TokenOperationsDependencies } from './identity/routes/token-operations';
import { orderShipmentOperation } from './fulfilment/routes/order-shipment-operations';
import { orderStepOperations } from './fulfilment/routes/order-step-operations';
import { type CatchUpDependencies } from './fulfilment/use-cases/catch-up-order';
import { type OrderShipmentDependencies } from './fulfilment/use-cases/get-order-shipment';

export interface OrderServiceAppDependencies {
  frame: BaseAppOptions;
  gate: Gate;
  health: HealthChecks;
  /** Shown by the health operations. */
  instanceId: string | undefined;
  metrics: Metrics;
  tokens: TokenOperationsDependencies & TokenCareDependencies;
  keys: KeyRing;
  orders: Omit<OrderOperationsDependencies, 'logger'>;
  shipments: CatchUpDependencies & OrderShipmentDependencies;
  lists: ListOrdersDependencies;
  /** For requests that count more than once. */
  spendQuota: SpendQuota;
  queues: QueueOperationsDependencies;
  /** Beside its own. */
  extraOperations?: readonly Operation[];
}

/** The HTTP side of the Order Service; every operation is served under `/v1` too. */
export function createOrderServiceApp(deps: OrderServiceAppDependencies): Express {
  const { operations, title } = orderServiceApi(deps);
  return createBaseApp(deps.frame, (app) => {
    const api = Router();
    api.use(operationRoutes(operations, deps.gate));
    app.use(swaggerUi(title));
    app.use('/v1', api);
    app.use(api);
  });
}

/** Everything that the Order Service's API can do. */
export function orderServiceApi(deps: OrderServiceAppDependencies): ApiDescription {
  const orders = { ...deps.orders, logger: deps.frame.logger };
  const operations: Operation[] = [
    tokenOperation(deps.tokens),
    ...tokenCareOperations(deps.tokens),
    keySetOperation(deps.keys),
    metadataOperation(deps.tokens.signer.issuer),
    ...clientOperations({ pool: deps.orders.pool, hashing: deps.tokens.hashing }),
    ...orderOperations(orders),
    ...orderStepOperations(deps.shipments),
    orderShipmentOperation(deps.shipments),
    orderListOperation(deps.lists),
    exportOperation(deps.lists),
    bulkOperation({ ...orders, spendQuota: deps.spendQuota }),
    ...queueOperations(deps.queues),
    ...reconciliationOperations(deps.queues.db),
    ...(deps.extraOperations ?? []),
    ...healthOperations('order-service', deps.health, deps.frame.logger, deps.instanceId),
    metricsOperation(deps.metrics),
    contractOperation(() => api),
    indexOperation(ORDER_SERVICE_API, {
      token: '/auth/token',
      key_set: '/.well-known/jwks.json',
      authorization_server: '/.well-known/oauth-authorization-server',
      orders: '/orders',
    }),
  ];
  const api = { ...ORDER_SERVICE_API, operations };
  return api;
}
