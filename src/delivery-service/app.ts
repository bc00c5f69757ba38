import { Router, type Express } from 'express';
import { createBaseApp } from '../shared/http/base-app';
import { healthRoutes, type HealthChecks } from '../shared/http/health-routes';
import { type Operation } from '../shared/http/operation';
import { operationRoutes, type Gate } from '../shared/http/operation-routes';
import { type Logger } from '../shared/observability/logger';
import { type Queryable } from '../shared/postgres/queryable';
import { shipmentOperations } from './routes/shipment-operations';

export interface DeliveryServiceAppDependencies extends DeliveryServiceOperationsDependencies {
  logger: Logger;
  gate: Gate;
  health: HealthChecks;
}

export interface DeliveryServiceOperationsDependencies {
  db: Queryable;
}

/** The HTTP side of the Delivery Service; every operation is served under `/v1` too. */
export function createDeliveryServiceApp(deps: DeliveryServiceAppDependencies): Express {
  return createBaseApp(deps.logger, (app) => {
    const api = Router();
    api.use(operationRoutes(deliveryServiceOperations(deps), deps.gate));
    app.use(healthRoutes('delivery-service', deps.health));
    app.use('/v1', api);
    app.use(api);
  });
}

/** Everything that the Delivery Service's API can do. */
export function deliveryServiceOperations(deps: DeliveryServiceOperationsDependencies): Operation[] {
  return [...shipmentOperations(deps.db)];
}
