import { Client } from 'pg';
import { type Queryable } from './queryable';

/** Runs one-off work on a connection of its own and closes it. */
export async function withConnection<T>(url: string, work: (db: Queryable) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    return await work(client as unknown as Queryable);
  } finally {
    await client.end();
  }
}
