import { withConnection } from '../../src/shared/postgres/with-connection';

/** Runs a query on a database and returns its rows. */
export async function rowsOf<R extends object>(
  url: string,
  sql: string,
  values: unknown[] = [],
): Promise<R[]> {
  return withConnection(url, async (db) => (await db.query<R & Record<string, unknown>>(sql, values)).rows);
}

/** Counts the rows of a table, optionally with a condition. */
export async function countRows(url: string, table: string, condition = 'true'): Promise<number> {
  const [row] = await rowsOf<{ count: number }>(
    url,
    `SELECT count(*)::int AS count FROM ${table} WHERE ${condition}`,
  );
  return row?.count ?? -1;
}
