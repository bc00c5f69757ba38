import { type Pool } from 'pg';
import { asUnavailable } from './database-errors';
import { type Queryable } from './queryable';
import { runAlone } from './session';
import { connect } from './transaction';

/**
 * The pool as a {@link Queryable} for single statements, with the same errors as a transaction: a database that is away is
 * `unavailable`, not a driver's error.
 */
export function queryable(pool: Pool): Queryable {
  return {
    async query(statement, values) {
      const client = await connect(pool);
      try {
        const result = await runAlone(client, statement, values);
        client.release();
        return result;
      } catch (error) {
        // After a fault the next statement gets a connection whose state is known.
        client.release(true);
        throw asUnavailable(error);
      }
    },
  };
}
