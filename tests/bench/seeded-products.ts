import { randomInt } from 'node:crypto';
import { fillDatabase } from './fill-database';
import { type LoadRequest } from './load';
import { orderRequest } from './order-requests';
import { sqlWordsOf, wordsOf } from './product-words';
import { type Stack } from './stack';

const OWNER = 'bench-shop';
const BATCH = 100_000;

/** More than all orders of a run need. */
const ON_HAND = 1_000_000_000;

/** SQL for the id of a product; its stock has the same number after another prefix. */
export const productIdOf = (n: string): string => idOf('8', n);
const stockIdOf = (n: string): string => idOf('9', n);
const idOf = (variant: string, n: string): string =>
  `('01900000-0000-7000-${variant}000-' || lpad(to_hex(${n}), 12, '0'))::uuid`;

/** The code of a product, all of the same length. */
export const skuOf = (n: number): string => `sku-${String(n).padStart(8, '0')}`;
export const sqlSkuOf = (n: string): string => `'sku-' || lpad((${n})::text, 8, '0')`;

/** The name of a database with `count` stock-kept products of the shop, and without orders; created at first use. */
export async function seededProducts(
  stack: Stack,
  count: number,
  say: (line: string) => void,
): Promise<string> {
  const name = `products_${String(count)}_${stack.build.id}`;
  if (await stack.hasDatabase(name)) return name;
  const start = performance.now();
  await fillDatabase(await stack.createOrdersDatabase(name), () => productStatements(count));
  say(`seeded ${String(count)} products in ${((performance.now() - start) / 1_000).toFixed(0)} s`);
  return name;
}

/**
 * The statements that write these products with their prices, their terms, their stock and its ledger, as the API would have done. Their events
 * are left out: nothing that is measured reads them.
 */
export function* productStatements(count: number, owner = OWNER): Generator<string> {
  yield `INSERT INTO catalogue_owners (owner) VALUES ('${owner}') ON CONFLICT DO NOTHING`;
  for (let from = 0; from < count; from += BATCH) yield batchOf(from, Math.min(from + BATCH, count), owner);
  yield* termStatements(owner);
}

const batchOf = (from: number, to: number, owner: string): string => `
  WITH seed AS MATERIALIZED (
    SELECT n, ${productIdOf('n')} AS product_id, 500 + n % 20000 AS price_minor, now() - interval '1 day' AS at
      FROM generate_series(${String(from)}, ${String(to - 1)}) AS n),
  described AS (
    INSERT INTO products (product_id, owner, sku, name, description, category, currency, price_minor, tax_class, weight_grams,
                          attributes, image_url, is_active, version, created_at, updated_at)
    SELECT product_id, '${owner}', ${sqlSkuOf('n')}, ${sqlNameOf('n')}, 'Made of wood from sustainable forests.', ${sqlCategoryOf('n')},
           'USD', price_minor, 'standard', 100 + n % 5000, '{"colour":"natural"}', NULL, true, 1, at, at
      FROM seed),
  priced AS (
    INSERT INTO product_prices (product_id, version, valid_from, price_minor, currency, actor)
    SELECT product_id, 1, at, price_minor, 'USD', '${owner}' FROM seed),
  stocked AS (
    INSERT INTO stock (product_id, stock_id, owner, on_hand, reserved, backorder_limit, version, created_at, updated_at)
    SELECT product_id, ${stockIdOf('n')}, '${owner}', ${String(ON_HAND)}, 0, 0, 1, at, at FROM seed)
  INSERT INTO stock_ledger (product_id, cause, delta_on_hand, delta_reserved, actor, occurred_at)
  SELECT product_id, 'set', ${String(ON_HAND)}, 0, '${owner}', at FROM seed`;

/** Four words and the number of the sku: `walnut desk lamp baaaaa 00000000`. */
export const seededNameOf = (n: number): string => `${wordsOf(n)} ${String(n).padStart(8, '0')}`;
const sqlNameOf = (n: string): string => `${sqlWordsOf(n)} || ' ' || lpad((${n})::text, 8, '0')`;

/** A thousand categories of three levels: `area-3/group-1/shelf-9`. */
const sqlCategoryOf = (n: string): string =>
  `'area-' || ${n} % 10 || '/group-' || ${n} / 10 % 10 || '/shelf-' || ${n} / 100 % 10`;

/**
 * The terms by which lists find the products, the counts of the categories, and the trigrams of the words that can take the place of misspelt
 * ones: those without digits.
 */
const termStatements = (owner: string): string[] => [
  `INSERT INTO product_terms (owner, term, product_id)
   SELECT DISTINCT owner, term, product_id
     FROM (SELECT owner, product_id, unnest('{*}'::text[] || string_to_array(name, ' ') || regexp_split_to_array(sku, '-') || ('=' || name) ||
                  ('/' || split_part(category, '/', 1)) || ('/' || split_part(category, '/', 1) || '/' || split_part(category, '/', 2)) ||
                  ('/' || category)) AS term
             FROM products WHERE owner = '${owner}') AS t
    ORDER BY owner, term, product_id`,
  `INSERT INTO category_counts (owner, category, products, active_products)
   SELECT owner, category, count(*), count(*) FROM products WHERE owner = '${owner}' GROUP BY owner, category`,
  `INSERT INTO product_trigrams (owner, trigram, length, word)
   SELECT DISTINCT '${owner}', substr('  ' || word || ' ', at, 3), char_length(word), word
     FROM (SELECT DISTINCT unnest(string_to_array(name, ' ')) AS word FROM products WHERE owner = '${owner}') AS w
          CROSS JOIN LATERAL generate_series(1, char_length(word) + 1) AS at
    WHERE word ~ '^[a-z]{4,}$'`,
];

/** A `POST /orders` of two of `count` seeded products, with the quantities of {@link newOrderRequest} and the prices of the catalogue. */
export function seededOrderRequest(token: string, count: number): LoadRequest {
  const first = randomInt(count);
  const second = (first + 1 + randomInt(count - 1)) % count;
  return orderRequest(token, [
    { product_id: skuOf(first), quantity: 1 },
    { product_id: skuOf(second), quantity: 3 },
  ]);
}
