import { type ApiClient, type ApiResponse, send } from './api-client';
import { type ServicePair, startServicePair } from './service-pair';

let count = 0;

/** A valid body of `POST /products`, with another sku at every call; pass only the members that matter. */
export function productBody(overrides: Record<string, unknown> = {}) {
  count += 1;
  return { sku: `sku-${count}`, name: `Product ${count}`, price: 9.9, ...overrides };
}

/** A shop, another one and an operator, with the operations on products. */
export interface CatalogueScene {
  pair: ServicePair;
  shop: ApiClient;
  other: ApiClient;
  operator: ApiClient;
  url: string;
  request(
    as: ApiClient,
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<ApiResponse>;
  /** Creates a product, of the shop by default, and returns it. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  create(overrides?: Record<string, unknown>, as?: ApiClient): Promise<any>;
  importFile(
    text: string,
    options?: { type?: string; as?: ApiClient; headers?: Record<string, string> },
  ): Promise<ApiResponse>;
  /** The skus of all pages of a list of the shop. */
  skusOf(query: string, as?: ApiClient): Promise<string[]>;
  stop(): Promise<void>;
}

export async function catalogueScene(variables: Record<string, string> = {}): Promise<CatalogueScene> {
  const pair = await startServicePair({ variables });
  const [shop, other, operator] = await Promise.all([
    pair.client('demo-client'),
    pair.client('demo-other'),
    pair.client('demo-operator'),
  ]);
  const request: CatalogueScene['request'] = (as, method, path, body, headers = {}) =>
    send(pair.orderUrl + path, method, body, { Authorization: `Bearer ${as.token}`, ...headers });
  return {
    pair,
    shop,
    other,
    operator,
    url: pair.environment['ORDER_DATABASE_URL']!,
    request,
    async create(overrides = {}, as = shop) {
      const answer = await as.post('/products', productBody(overrides));
      if (answer.status !== 201) throw new Error(answer.text);
      return answer.body;
    },
    importFile: (text, { type = 'text/csv', as = shop, headers = {} } = {}) =>
      request(as, 'POST', '/products/import', text, { 'Content-Type': type, ...headers }),
    async skusOf(query, as = shop) {
      const skus: string[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const page: ApiResponse = await as.get(`/products?${query}${cursor && `&cursor=${cursor}`}`);
        if (page.status !== 200) throw new Error(page.text);
        skus.push(...page.body.data.map(({ sku }: { sku: string }) => sku));
        cursor = page.body.next_cursor as string | null;
      }
      return skus;
    },
    stop: () => pair.stop(),
  };
}
