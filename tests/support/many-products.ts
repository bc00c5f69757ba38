import { type Client } from 'pg';

/** The words of the names of {@link loadProducts}, by the products that have them. */
export const PRODUCT_WORDS = {
  /** Half of the products. */
  half: 'lamp',
  /** A third of the products. */
  third: 'wooden',
  /** Half of the products, none of which has `half`. */
  otherHalf: 'chair',
  /** The 500 oldest products. */
  oldest: 'antique',
  /** One of 1 000. */
  rare: 'marble',
};

/**
 * Fills the tables of the catalogue with products of one client, the ids of which are in the order of their numbers. Each has a word of 2 000,
 * and a category of 200.
 */
export async function loadProducts(db: Client, owner: string, count: number): Promise<void> {
  await db.query('SET statement_timeout = 0; SET maintenance_work_mem = 262144');
  await db.query('ALTER TABLE product_terms DROP CONSTRAINT product_terms_pkey');
  await db.query(PRODUCTS, [owner, count]);
  await db.query(TERMS);
  await db.query('ALTER TABLE product_terms ADD PRIMARY KEY (owner, term, product_id)');
  await db.query(TRIGRAMS);
  await db.query(COUNTS);
  await db.query('INSERT INTO catalogue_owners SELECT DISTINCT owner FROM products ON CONFLICT DO NOTHING');
}

/** A word of letters for a number up to 3 374. */
const WORD = (n: string): string =>
  `(ARRAY['ba','ke','lo','mi','nu','pa','re','so','ti','vu','da','ge','ho','ji','ku'])[${n} % 15 + 1]
   || (ARRAY['lar','men','nor','pis','ruk','sal','tem','vor','zin','dus','fal','gem','hor','jin','kul'])[${n} / 15 % 15 + 1]
   || (ARRAY['a','e','i','o','u','an','en','in','on','un','ar','er','ir','or','ur'])[${n} / 225 % 15 + 1]`;

const PRODUCTS = `
  INSERT INTO products (product_id, owner, sku, name, category, currency, price_minor, weight_grams, attributes, is_active)
  SELECT format('%s-%s-7000-8000-000000000000', left(lpad(to_hex(n), 12, '0'), 8), right(lpad(to_hex(n), 12, '0'), 4))::uuid, $1, 'SKU-' || n,
         concat_ws(' ', ${WORD('n % 2000')}, CASE n % 2 WHEN 0 THEN 'lamp' ELSE 'chair' END, CASE WHEN n % 3 = 0 THEN 'wooden' END,
                   CASE WHEN n % 1000 = 7 THEN 'marble' END, CASE WHEN n <= 500 THEN 'antique' END),
         CASE WHEN n <= 500 THEN 'vintage/all' ELSE 'c' || n % 10 || '/d' || n % 200 END, 'USD', n, 500,
         '{"colour": "green"}', n % 100 > 0
    FROM generate_series(1, $2::int) AS n`;

const TERMS = `
  INSERT INTO product_terms (owner, term, product_id)
  SELECT DISTINCT p.owner, t.term COLLATE "C", p.product_id
    FROM products p CROSS JOIN LATERAL (
         SELECT unnest(string_to_array(lower(p.name || ' ' || replace(p.sku, '-', ' ')), ' ')) AS term
         UNION ALL SELECT '*'
         UNION ALL SELECT '=' || lower(p.name)
         UNION ALL SELECT '/' || split_part(p.category, '/', 1)
         UNION ALL SELECT '/' || p.category
         UNION ALL SELECT '!inactive' WHERE NOT p.is_active) AS t`;

const TRIGRAMS = `
  INSERT INTO product_trigrams (owner, trigram, length, word)
  SELECT DISTINCT w.owner, substr('  ' || w.term || ' ', at, 3), length(w.term), w.term
    FROM (SELECT DISTINCT owner, term FROM product_terms WHERE term ~ '^[a-z]{4,}$') AS w
         CROSS JOIN generate_series(1, length(w.term) + 1) AS at`;

const COUNTS = `
  INSERT INTO category_counts (owner, category, products, active_products)
  SELECT owner, category, count(*), count(*) FILTER (WHERE is_active) FROM products GROUP BY owner, category`;
