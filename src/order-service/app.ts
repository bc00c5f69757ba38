import { Router, type Express } from 'express';
import { type TokenVerifier } from '../shared/auth/access-token';
import { authenticate } from '../shared/auth/authenticate';
import { createBaseApp } from '../shared/http/base-app';
import { healthRoutes, type HealthChecks } from '../shared/http/health-routes';
import { type Logger } from '../shared/observability/logger';
import { orderRoutes, type OrderRoutesDependencies } from './routes/order-routes';
import { tokenRoutes, type TokenRoutesDependencies } from './routes/token-routes';

export interface OrderServiceAppDependencies {
  logger: Logger;
  verifier: TokenVerifier;
  health: HealthChecks;
  tokens: TokenRoutesDependencies;
  orders: OrderRoutesDependencies;
}

/** The HTTP side of the Order Service; every route is served under `/v1` too. */
export function createOrderServiceApp(deps: OrderServiceAppDependencies): Express {
  return createBaseApp(deps.logger, (app) => {
    const api = Router();
    api.use(tokenRoutes(deps.tokens));
    api.use('/orders', authenticate(deps.verifier));
    api.use(orderRoutes(deps.orders));
    app.use(healthRoutes('order-service', deps.health));
    app.use('/v1', api);
    app.use(api);
  });
}
