import { Router, type Express } from 'express';
import { createBaseApp } from '../shared/http/base-app';
import { healthRoutes, type HealthChecks } from '../shared/http/health-routes';
import { operationRoutes, type Gate } from '../shared/http/operation-routes';
import { type Operation } from '../shared/http/operation';
import { type Logger } from '../shared/observability/logger';
import { orderOperations, type OrderOperationsDependencies } from './routes/order-operations';
import { tokenRoutes, type TokenRoutesDependencies } from './routes/token-routes';

export interface OrderServiceAppDependencies extends OrderServiceOperationsDependencies {
  logger: Logger;
  gate: Gate;
  health: HealthChecks;
  tokens: TokenRoutesDependencies;
}

export interface OrderServiceOperationsDependencies {
  orders: OrderOperationsDependencies;
}

/** The HTTP side of the Order Service; every operation is served under `/v1` too. */
export function createOrderServiceApp(deps: OrderServiceAppDependencies): Express {
  return createBaseApp(deps.logger, (app) => {
    const api = Router();
    api.use(tokenRoutes(deps.tokens));
    api.use(operationRoutes(orderServiceOperations(deps), deps.gate));
    app.use(healthRoutes('order-service', deps.health));
    app.use('/v1', api);
    app.use(api);
  });
}

/** Everything that the Order Service's API can do. */
export function orderServiceOperations(deps: OrderServiceOperationsDependencies): Operation[] {
  return [...orderOperations(deps.orders)];
}
