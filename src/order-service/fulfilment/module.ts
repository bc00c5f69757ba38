import { z } from 'zod';
import { type TokenSigner } from '../../shared/auth/access-token';
import { days, httpUrl, seconds } from '../../shared/config/fragments';
import { type ServiceClient } from '../../shared/resilience/service-client';
import { type BackgroundLoop } from '../../shared/runtime/background-loop';
import { parallelComponents } from '../../shared/runtime/lifecycle';
import { createApplyShipmentStatus } from '../orders/use-cases/apply-shipment-status';
import { type Module, type Platform } from '../platform';
import { backgroundClient, createDeliveryServiceClient } from './delivery-service-client';
import { orderShipmentOperation } from './routes/order-shipment-operations';
import { orderStepOperations } from './routes/order-step-operations';
import { RECONCILIATION_TAG, reconciliationOperations } from './routes/reconciliation-operations';
import { checkFindings, countFindings, recordUnknownOrders } from './use-cases/findings';
import { createOrderReconciler, createReconciliationSweep } from './workers/reconciliation';
import { repairMetrics } from './workers/log-comparison';
import { shipmentStatusConsumer } from './workers/shipment-status-consumer';

export const fulfilmentSettings = {
  DELIVERY_SERVICE_URL: httpUrl.meta({
    description: 'URL of the Delivery Service, required',
    example: 'http://127.0.0.1:3002',
  }),
  RECONCILE_AFTER_SECONDS: seconds(1).default(60).meta({
    description:
      'seconds without a change after which an order is compared with its shipment (60; in local mode 10)',
    example: '',
  }),
  RECONCILE_SWEEP_DAYS: days().default(30).meta({
    description:
      'all orders placed within so many days are compared with their shipments again and again, whether they have ended or not',
  }),
  RETURNS_RESTOCK: z.stringbool().default(false).meta({
    description: 'whether a returned order puts its products back into stock',
  }),
};

interface FulfilmentConfig {
  DELIVERY_SERVICE_URL: string;
  RECONCILE_AFTER_SECONDS: number;
  RECONCILE_SWEEP_DAYS: number;
  RETURNS_RESTOCK: boolean;
}

export interface FulfilmentPorts {
  signer: TokenSigner;
  /** Default: a client of DELIVERY_SERVICE_URL. */
  deliveryService?: ServiceClient | undefined;
}

export interface FulfilmentModule extends Module {
  consumers: readonly BackgroundLoop[];
  reconciler: BackgroundLoop;
  sweep: BackgroundLoop;
}

/**
 * The module `fulfilment`: reads the shipments of orders, forwards operators' changes, consumes the messages of the Delivery Service, and
 * repairs differences between both services.
 */
export function composeFulfilment(
  platform: Platform,
  config: FulfilmentConfig,
  { signer, deliveryService: override }: FulfilmentPorts,
): FulfilmentModule {
  const { database: db, logger, metrics, queues } = platform;
  const deliveryService = override ?? createDeliveryServiceClient(config.DELIVERY_SERVICE_URL, signer);
  const restocksReturns = config.RETURNS_RESTOCK;
  const applyShipmentStatus = createApplyShipmentStatus(db, logger, { recordUnknownOrders, restocksReturns });
  metrics.gaugeByKind(
    'reconciliation_findings',
    'Orders that do not match their shipments, by kind of difference.',
    () => countFindings(db),
  );
  const shipments = { db, deliveryService, applyShipmentStatus };
  const repair = {
    ...shipments,
    deliveryService: backgroundClient(deliveryService),
    afterSeconds: config.RECONCILE_AFTER_SECONDS,
    sweepDays: config.RECONCILE_SWEEP_DAYS,
    logger,
    metrics: repairMetrics(metrics),
  };
  const reconciler = createOrderReconciler(repair);
  const sweep = createReconciliationSweep(repair);
  const onUnknownOrder = (): void => sweep.nudge();
  const consumers = queues.consumers(shipmentStatusConsumer({ ...repair, onUnknownOrder }));
  return {
    consumers,
    reconciler,
    sweep,
    tags: [{ name: RECONCILIATION_TAG, description: 'Orders that do not match their shipments.' }],
    links: {},
    operations: [
      ...orderStepOperations(shipments),
      orderShipmentOperation(shipments),
      ...reconciliationOperations(db),
    ],
    components: [
      deliveryService,
      parallelComponents('consumers', consumers),
      parallelComponents('reconciliation', [reconciler, sweep]),
    ],
    housekeeping: [],
    healthChecks: { reconciliation: { check: () => checkFindings(db), critical: false } },
  };
}
