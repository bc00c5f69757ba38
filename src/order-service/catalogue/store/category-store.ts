import { byKey, prepared, type Queryable, type Transaction } from '../../../shared/postgres/queryable';

/** A category with the number of products directly in it. In a change, the numbers are added to the present ones. */
export interface CategoryCount {
  category: string;
  products: number;
  activeProducts: number;
}

const ADD_COUNTS = prepared(
  'add-category-counts',
  `INSERT INTO category_counts (owner, category, products, active_products)
   SELECT $1, category, products, active_products FROM unnest($2::text[], $3::int[], $4::int[]) AS n (category, products, active_products)`,
);

export function addCounts(tx: Transaction, owner: string, changes: readonly CategoryCount[]): void {
  if (changes.length === 0) return;
  tx.send(ADD_COUNTS, [
    owner,
    changes.map(({ category }) => category),
    changes.map(({ products }) => products),
    changes.map(({ activeProducts }) => activeProducts),
  ]);
}

/** The categories of an owner that have products, by path; with `parent`, it and those below it. At most `limit`. */
export async function countsOf(
  db: Queryable,
  owner: string,
  parent: string | null,
  limit: number,
): Promise<CategoryCount[]> {
  const within =
    parent === null ? '' : `AND (category = $3 OR (category > $3 || '/' AND category < $3 || '0'))`;
  const { rows } = await db.query<{ category: string; products: number; active_products: number }>(
    byKey(`SELECT category, sum(products)::int AS products, sum(active_products)::int AS active_products
             FROM category_counts WHERE owner = $1 ${within}
            GROUP BY category HAVING sum(products) > 0 ORDER BY category LIMIT $2`),
    [owner, limit, ...(parent === null ? [] : [parent])],
  );
  return rows.map((row) => ({
    category: row.category,
    products: row.products,
    activeProducts: row.active_products,
  }));
}

/** Replaces the rows of some categories by one row each. Returns how many rows there are less. */
export async function sumUpCounts(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ removed: number }>(
    `WITH crowded AS MATERIALIZED (
       SELECT owner, category FROM category_counts GROUP BY owner, category HAVING count(*) > 1 LIMIT 500),
     chosen AS MATERIALIZED (
       SELECT c.ctid AS place FROM category_counts c JOIN crowded USING (owner, category) LIMIT 20000 FOR UPDATE OF c SKIP LOCKED),
     gone AS (
       DELETE FROM category_counts c USING chosen WHERE c.ctid = chosen.place
       RETURNING c.owner, c.category, c.products, c.active_products),
     added AS (
       INSERT INTO category_counts (owner, category, products, active_products)
       SELECT owner, category, sum(products), sum(active_products) FROM gone GROUP BY owner, category
       HAVING sum(products) <> 0 OR sum(active_products) <> 0
       RETURNING 1)
     SELECT ((SELECT count(*) FROM gone) - (SELECT count(*) FROM added))::int AS removed`,
  );
  return rows[0]?.removed ?? 0;
}
