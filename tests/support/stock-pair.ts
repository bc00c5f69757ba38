import { expect } from 'chai';
import {
  composeOrderService,
  type OrderService,
  readOrderServiceConfig,
} from '../../src/order-service/composition';
import { startService, stopService } from '../../src/shared/runtime/lifecycle';
import { type ApiClient, type ApiResponse, bearerClient } from './api-client';
import { eventually } from './eventually';
import { orderBody } from './factories';
import { silentLogger, startServicePair, type ServicePair } from './service-pair';

/** Both services and a second instance of the Order Service, without Redis; returns are put back into the stock. */
export interface StockPair {
  pair: ServicePair;
  shop: ApiClient;
  /** The same client at the second instance. */
  elsewhere: ApiClient;
  url: string;
  place(items: object[], headers?: Record<string, string>, client?: ApiClient): Promise<ApiResponse>;
  /** Sets the status of an order manually, step by step. */
  move(orderId: string, ...statuses: string[]): Promise<void>;
  stop(): Promise<void>;
}

const VARIABLES = {
  REDIS_URL: 'redis://127.0.0.1:1',
  SIMULATED_STEP_MS: '3600000',
  RETURNS_RESTOCK: 'true',
};

export async function startStockPair(): Promise<StockPair> {
  const pair = await startServicePair({ variables: VARIABLES });
  const second = secondInstance(pair);
  await startService(second);
  const [shop, operator] = [await pair.client(), await pair.client('demo-operator')];
  return {
    pair,
    shop,
    elsewhere: bearerClient(`http://127.0.0.1:${second.http.port()}`, shop.token),
    url: pair.environment['ORDER_DATABASE_URL']!,
    place: (items, headers = {}, client = shop) => client.post('/orders', orderBody({ items }), headers),
    async move(orderId, ...statuses) {
      for (const status of statuses)
        await eventually(async () => {
          const answer = await operator.put(`/orders/${orderId}/status`, { status });
          expect(answer.status, answer.text).to.equal(200);
        });
    },
    async stop() {
      await stopService(second);
      await pair.stop();
    },
  };
}

function secondInstance(pair: ServicePair): OrderService {
  const environment = {
    ...pair.environment,
    ...VARIABLES,
    ORDER_SERVICE_PORT: '0',
    DELIVERY_SERVICE_URL: pair.deliveryUrl,
  };
  return composeOrderService(readOrderServiceConfig(environment), { logger: silentLogger });
}

export function expectOutOfStock(answer: ApiResponse, ...errors: object[]): void {
  expect([answer.status, answer.body.code], answer.text).to.deep.equal([409, 'out_of_stock']);
  expect(answer.body.errors).to.deep.equal(errors);
}
