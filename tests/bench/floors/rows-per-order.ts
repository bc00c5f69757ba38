import { expect } from 'chai';
import { rowsOf } from '../../support/rows';

export type RowsPerOrder = Awaited<ReturnType<typeof rowsPerOrder>>;

/** For each table: rows per order, bytes per row, and the columns that are not null in every row. */
export async function rowsPerOrder(databaseUrl: string, tables: readonly string[], tableOfOrders = 'orders') {
  return Promise.all(
    tables.map(async (table) => {
      const [row] = await rowsOf<{ rows: number; bytes: number; columns: string[] | null }>(
        databaseUrl,
        `SELECT count(*)::float8 / (SELECT count(*) FROM ${tableOfOrders}) AS rows, avg(pg_column_size(t.*))::float8 AS bytes,
                (SELECT array_agg(member::text ORDER BY member) FROM (
                   SELECT member FROM ${table} one, jsonb_object_keys(jsonb_strip_nulls(to_jsonb(one))) AS member
                    GROUP BY member HAVING count(*) = (SELECT count(*) FROM ${table})) AS filled) AS columns
           FROM ${table} t`,
      );
      return { table, rows: row!.rows, columns: row!.columns, bytes: row!.bytes };
    }),
  );
}

/** Both have written as many rows with the same columns, and of about the same size. */
export function expectSameRows(byFloor: RowsPerOrder, byService: RowsPerOrder): void {
  for (const [index, { table, rows, columns, bytes }] of byService.entries()) {
    expect(byFloor[index], table).to.deep.include({ rows, columns });
    if (rows > 0) expect(byFloor[index]!.bytes, `bytes of ${table}`).to.be.within(bytes * 0.95, bytes * 1.05);
  }
}
