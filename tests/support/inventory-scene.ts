import { expect } from 'chai';
import { type ApiClient, type ApiResponse } from './api-client';
import { type CatalogueScene, catalogueScene } from './catalogue-scene';
import { rowsOf } from './rows';
import { type TestProduct } from './stock-scene';

export interface StockEventRow {
  type: string;
  version: number;
  change: object;
}

type LedgerRow = [cause: string, onHand: number, reserved: number, reason: string | null];

/** A shop with the operations on its stock; the services run, and no order moves. */
export interface InventoryScene extends CatalogueScene {
  pathOf(product: TestProduct): string;
  put(
    product: TestProduct,
    body: unknown,
    headers?: Record<string, string>,
    as?: ApiClient,
  ): Promise<ApiResponse>;
  remove(product: TestProduct, headers?: Record<string, string>, as?: ApiClient): Promise<ApiResponse>;
  /** Creates a product with stock. */
  stocked(onHand: number, settings?: object): Promise<TestProduct>;
  /** The id of a new reservation. */
  reserve(product: TestProduct, quantity: number): Promise<string>;
  /** The entries of the ledger, oldest first. */
  ledgerOf(product: TestProduct): Promise<LedgerRow[]>;
  /** The events of the stock, in their order. */
  eventsOf(product: TestProduct): Promise<StockEventRow[]>;
}

export async function inventoryScene(): Promise<InventoryScene> {
  const scene = await catalogueScene({ SIMULATED_STEP_MS: '3600000' });
  const { shop, url, request } = scene;
  const pathOf = ({ product_id: id }: TestProduct): string => `/products/${id}/stock`;
  const put: InventoryScene['put'] = (product, body, headers = {}, as = shop) =>
    request(as, 'PUT', pathOf(product), body, headers);
  return {
    ...scene,
    pathOf,
    put,
    remove: (product, headers = {}, as = shop) => request(as, 'DELETE', pathOf(product), undefined, headers),
    async stocked(onHand, settings = {}) {
      const product = (await scene.create()) as TestProduct;
      const answer = await put(product, { on_hand: onHand, ...settings });
      expect(answer.status, answer.text).to.equal(201);
      return product;
    },
    async reserve(product, quantity) {
      const answer = await shop.post('/reservations', { items: [{ product_id: product.sku, quantity }] });
      expect(answer.status, answer.text).to.equal(201);
      return answer.body.reservation_id as string;
    },
    async ledgerOf(product) {
      const { body } = await shop.get(`${pathOf(product)}/ledger?limit=100`);
      const entries = body.data as {
        cause: string;
        change: { on_hand: number; reserved: number };
        reason: string | null;
      }[];
      return entries
        .reverse()
        .map(({ cause, change, reason }): LedgerRow => [cause, change.on_hand, change.reserved, reason]);
    },
    eventsOf: (product) =>
      rowsOf<StockEventRow>(
        url,
        `SELECT type, version, payload->'change' AS change FROM events
          WHERE subject_type = 'stock' AND payload->'stock'->>'product_id' = $1 ORDER BY seq`,
        [product.product_id],
      ),
  };
}

export function expectProblem(answer: ApiResponse, status: number, code: string): void {
  expect([answer.status, answer.body.code], answer.text).to.deep.equal([status, code]);
}
