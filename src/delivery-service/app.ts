import { Router, type Express } from 'express';
import { type TokenVerifier } from '../shared/auth/access-token';
import { authenticate } from '../shared/auth/authenticate';
import { createBaseApp } from '../shared/http/base-app';
import { healthRoutes, type HealthChecks } from '../shared/http/health-routes';
import { type Logger } from '../shared/observability/logger';
import { type Queryable } from '../shared/postgres/queryable';
import { shipmentRoutes } from './routes/shipment-routes';

export interface DeliveryServiceAppDependencies {
  logger: Logger;
  verifier: TokenVerifier;
  health: HealthChecks;
  db: Queryable;
}

/** The HTTP side of the Delivery Service; every route is served under `/v1` too. */
export function createDeliveryServiceApp(deps: DeliveryServiceAppDependencies): Express {
  return createBaseApp(deps.logger, (app) => {
    const api = Router();
    api.use('/shipments', authenticate(deps.verifier));
    api.use(shipmentRoutes(deps.db));
    app.use(healthRoutes('delivery-service', deps.health));
    app.use('/v1', api);
    app.use(api);
  });
}
