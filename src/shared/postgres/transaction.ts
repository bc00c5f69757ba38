import { type Pool, type PoolClient } from 'pg';
import { type Transaction } from './queryable';
import { asUnavailable, isServerAnswer } from './database-errors';

/** How long a statement in a transaction waits for another's lock. */
export const LOCK_TIMEOUT_MS = 800;

/**
 * Runs `work` between BEGIN and COMMIT and returns what it returns; whatever it throws rolls everything back.
 *
 * @throws AppError `unavailable` when the database cannot be reached or does not answer in time. The outcome of a COMMIT whose
 * answer was lost is unknown; callers repeat under the same key.
 */
export async function inTransaction<T>(pool: Pool, work: (tx: Transaction) => Promise<T>): Promise<T> {
  const client = await connect(pool);
  try {
    // Not waited for: the first statement follows on its heels, and would fail for the same reason.
    const begun = client.query(`BEGIN; SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}`);
    const [result] = await Promise.all([work(client as unknown as Transaction), begun]);
    await commit(client);
    client.release();
    return result;
  } catch (error) {
    await rollback(client, error);
    throw asUnavailable(error);
  }
}

/** After a failed statement that `work` caught, PostgreSQL answers COMMIT with a ROLLBACK and no error. */
async function commit(client: PoolClient): Promise<void> {
  const { command } = await client.query('COMMIT');
  if (command !== 'COMMIT') throw new Error('the transaction was rolled back: a statement in it had failed');
}

async function connect(pool: Pool): Promise<PoolClient> {
  try {
    return await pool.connect();
  } catch (error) {
    throw asUnavailable(error);
  }
}

/** After a time-out the connection may still be busy with the statement, so it is closed, which also rolls back. */
async function rollback(client: PoolClient, cause: unknown): Promise<void> {
  const isHealthy = !(cause instanceof Error) || isServerAnswer(cause) || asUnavailable(cause) === cause;
  try {
    if (isHealthy) await client.query('ROLLBACK');
    client.release(!isHealthy);
  } catch {
    client.release(true);
  }
}
