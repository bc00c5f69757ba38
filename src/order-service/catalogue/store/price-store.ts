import { type Currency } from '../../../shared/contracts/money';
import { byKey, preparedInsert, type Queryable, type Transaction } from '../../../shared/postgres/queryable';
import { type PricePeriod } from '../domain/price-period';
import { type Product } from '../domain/product';

const INSERT_PRICES = preparedInsert(
  'insert-product-prices',
  `INSERT INTO product_prices (product_id, version, valid_from, price_minor, currency, actor)
   SELECT product_id, version, valid_from, price_minor, currency, $2
     FROM json_to_recordset($1::json)
          AS n (product_id uuid, version int, valid_from timestamptz, price_minor bigint, currency text)`,
);

/** Records the present prices of products that are new, or whose prices have changed. */
export function insertPrices(tx: Transaction, products: readonly Product[], actor: string): void {
  if (products.length > 0) tx.send(INSERT_PRICES, [JSON.stringify(products.map(toRow)), actor]);
}

const toRow = ({ productId, version, updatedAt, price, currency }: Product) => ({
  product_id: productId,
  version,
  valid_from: updatedAt,
  price_minor: price,
  currency,
});

/** The prices of a product before a version, newest first. */
export async function listPrices(
  db: Queryable,
  productId: string,
  before: number | null,
  limit: number,
): Promise<PricePeriod[]> {
  const { rows } = await db.query<PriceRow>(
    byKey(`SELECT version, valid_from, price_minor, currency, actor FROM product_prices
            WHERE product_id = $1 AND ($2::int IS NULL OR version < $2) ORDER BY version DESC LIMIT $3`),
    [productId, before, limit],
  );
  return rows.map((row) => ({
    version: row.version,
    validFrom: row.valid_from,
    price: Number(row.price_minor),
    currency: row.currency,
    actor: row.actor,
  }));
}

interface PriceRow {
  version: number;
  valid_from: Date;
  price_minor: string;
  currency: Currency;
  actor: string;
}
