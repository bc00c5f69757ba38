import { orderApi } from '../api';
import { createProduct, setStock } from './stock-api';
import { type Good } from './stock-history';

/** The products of each shop. One can be ordered in advance. */
const SKUS = ['desk', 'chair', 'vase', 'clock', 'rug', 'sofa'];
const IN_ADVANCE = 'sofa';
const BACKORDER_LIMIT = 5;
const LOW_STOCK_THRESHOLD = 5;

/**
 * Units of each product for each order of the run. The customers want about a fourth more, so that everything is sold out now and then; the
 * shops add some.
 */
const UNITS_PER_ORDER = 0.18;

/** Creates the products of the shops before the first fault. */
export async function createGoods(
  apiUrl: string,
  clients: readonly string[],
  orders: number,
): Promise<Good[]> {
  const request = orderApi(apiUrl);
  const onHand = Math.ceil(orders * UNITS_PER_ORDER);

  async function succeed(asked: Parameters<typeof request>[0]): Promise<string> {
    const { status, text } = await request(asked);
    if (!/^2\d\d$/.test(status)) throw new Error(`no product for ${asked.client}: ${status} ${text}`);
    return text;
  }

  async function createGood(client: string, sku: string): Promise<Good> {
    const key = `chaos-good-${sku}`;
    const text = await succeed({ client, ...createProduct(key, sku) });
    const { product_id: productId } = JSON.parse(text) as { product_id: string };
    const backorderLimit = sku === IN_ADVANCE ? BACKORDER_LIMIT : 0;
    const stock = {
      on_hand: onHand,
      low_stock_threshold: LOW_STOCK_THRESHOLD,
      backorder_limit: backorderLimit,
    };
    await succeed({ client, ...setStock(`${key}-stock`, productId, stock) });
    return { client, sku, productId, onHand, backorderLimit };
  }

  return Promise.all(clients.flatMap((client) => SKUS.map((sku) => createGood(client, sku))));
}
