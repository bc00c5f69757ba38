import { type Pool } from 'pg';
import { asUnavailable } from './database-errors';
import { type Queryable } from './queryable';
import { runTimed } from './timed-statement';

/**
 * The pool as a {@link Queryable} for single statements, with the same errors as a transaction: a database that is away is
 * `unavailable`, not a driver's error.
 */
export function queryable(pool: Pool): Queryable {
  return {
    async query(statement, values) {
      try {
        return await runTimed(pool, statement, values);
      } catch (error) {
        throw asUnavailable(error);
      }
    },
  };
}
