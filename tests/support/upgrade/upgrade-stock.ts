import { expect } from 'chai';
import { statusesGivenBack } from '../../chaos/stock/given-back';
import { apiClient, type ApiResponse } from '../api-client';
import { countRows, rowsOf } from '../rows';
import { type Environment } from './release';
import { databasesOf, restocksReturns } from './upgrade-scene';

const SHOPS = ['demo-client', 'demo-other'];
const SKU = 'upgrade-lamp';
export const UNITS = 1_000;

/** The body of an order of one unit of the product that {@link stockProducts} creates, at its price. */
export const productBodyOf = (customer: string) => ({
  customer_id: customer,
  items: [{ product_id: SKU, quantity: 1 }],
});

/** Gives each shop a product with stock. */
export async function stockProducts(url: string): Promise<void> {
  for (const shop of SHOPS) {
    const api = await apiClient(url, shop);
    expectStatus(await api.post('/products', { sku: SKU, name: 'Lamp', price: 79.9 }), 201);
    expectStatus(await api.put(`/products/sku:${SKU}/stock`, { on_hand: UNITS }), 201);
  }
}

/**
 * Checks that all orders have taken their units out of stock, except those that have given them back, and that no more units can be sold than
 * there are.
 */
export async function expectStockSettled(url: string, environment: Environment): Promise<void> {
  const [ordersUrl] = databasesOf(environment);
  const givenBack = statusesGivenBack(restocksReturns(environment)).map((status) => `'${status}'`);
  for (const shop of SHOPS) {
    const api = await apiClient(url, shop);
    const sold = `is_stock_kept AND status NOT IN (${givenBack.join()}) AND client_id = '${shop}'`;
    const left = UNITS - (await countRows(ordersUrl, 'orders', sold));
    expect(left, 'orders with stock').to.be.below(UNITS);
    const stock = await api.get(`/products/sku:${SKU}/stock`);
    expect(stock.body, stock.text).to.include({ on_hand: left, reserved: 0, available: left });
    const tooMany = { customer_id: 'c', items: [{ product_id: SKU, quantity: left + 1 }] };
    const refused = await api.post('/orders', tooMany);
    expect([refused.status, refused.body.code]).to.deep.equal([409, 'out_of_stock']);
  }
}

/** The number of units that orders hold, of all products. */
export async function unitsHeld(ordersUrl: string): Promise<number> {
  const [row] = await rowsOf<{ held: number }>(ordersUrl, 'SELECT sum(reserved)::int AS held FROM stock');
  return row!.held;
}

const expectStatus = (answer: ApiResponse, status: number): void =>
  void expect(answer.status, answer.text).to.equal(status);
