import { rowsOf } from '../support/rows';

/** The columns of each table: builds that are compared can have different schemas. Views are not included. */
export type Schema = ReadonlyMap<string, ReadonlySet<string>>;

export async function readSchema(databaseUrl: string): Promise<Schema> {
  const rows = await rowsOf<{ name: string; columns: string[] }>(
    databaseUrl,
    `SELECT c.relname AS name, array_agg(a.attname::text) AS columns
       FROM pg_class c
       JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
      GROUP BY c.oid, c.relname`,
  );
  return new Map(rows.map(({ name, columns }) => [name, new Set(columns)]));
}

/** The table of idempotency records, under its name in this schema. */
export const recordsTable = (schema: Schema): string =>
  schema.has('idempotency_records') ? 'idempotency_records' : 'submissions';
