import {
  composeDeliveryService,
  type DeliveryService,
  type DeliveryServiceOverrides,
} from '../../src/delivery-service/composition';
import { readDeliveryServiceConfig } from '../../src/delivery-service/config';
import {
  composeOrderService,
  type OrderService,
  type OrderServiceOverrides,
  readOrderServiceConfig,
} from '../../src/order-service/composition';
import { createLogger, type Logger } from '../../src/shared/observability/logger';
import { startService, stopService } from '../../src/shared/runtime/lifecycle';
import { apiClient, type ApiClient } from './api-client';
import { testEnvironment } from './environment';

export interface ServicePair {
  environment: Record<string, string>;
  orders: OrderService;
  delivery: DeliveryService;
  /** Calls the Order Service as one of the demo clients. */
  client(clientId?: string): Promise<ApiClient>;
  deliveryUrl: string;
  orderUrl: string;
  stop(): Promise<void>;
}

export interface ServicePairOptions {
  variables?: Record<string, string>;
  orders?: OrderServiceOverrides;
  delivery?: DeliveryServiceOverrides;
}

export const silentLogger: Logger = createLogger({ service: 'test', level: 'error', silent: true });

/** Both services in this process, running, on databases and queues of their own. */
export async function startServicePair(options: ServicePairOptions = {}): Promise<ServicePair> {
  const environment = await testEnvironment(options.variables);
  const delivery = composeDeliveryService(readDeliveryServiceConfig(environment), {
    logger: silentLogger,
    ...options.delivery,
  });
  await startService(delivery);
  const deliveryUrl = `http://127.0.0.1:${delivery.http.port()}`;
  const orders = composeOrderService(
    readOrderServiceConfig({ ...environment, DELIVERY_SERVICE_URL: deliveryUrl, ...options.variables }),
    { logger: silentLogger, ...options.orders },
  );
  await startService(orders);
  const orderUrl = environment['ORDER_SERVICE_URL']!;
  return {
    environment,
    orders,
    delivery,
    orderUrl,
    deliveryUrl,
    client: (clientId = 'demo-client') => apiClient(orderUrl, clientId),
    async stop() {
      await Promise.all([stopService(orders), stopService(delivery)]);
    },
  };
}
