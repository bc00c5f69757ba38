import { Client } from 'pg';
import { readSchema, type Schema } from './schema';

/**
 * Fills an empty database with many rows, without its indexes and triggers, and leaves it analysed.
 *
 * @param statements which fit the schema of the build.
 */
export async function fillDatabase(
  url: string,
  statements: (schema: Schema) => Iterable<string>,
): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  // After a crash the data is created again, and every row has those that it refers to.
  await client.query('SET synchronous_commit = off; SET session_replication_role = replica');
  const schema = await readSchema(url);
  const indexes = await dropIndexes(client);
  for (const statement of statements(schema)) await client.query(statement);
  for (const index of indexes) await client.query(index);
  await client.query('VACUUM (FREEZE, ANALYZE)');
  await client.end();
}

/** Drops all indexes without a constraint and returns their definitions: creating them at the end is faster. */
async function dropIndexes(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ indexname: string; indexdef: string }>(
    `SELECT indexname, indexdef FROM pg_indexes
      WHERE schemaname = 'public' AND indexname NOT IN (SELECT conname FROM pg_constraint)`,
  );
  for (const { indexname } of rows) await client.query(`DROP INDEX ${indexname}`);
  return rows.map(({ indexdef }) => indexdef);
}
