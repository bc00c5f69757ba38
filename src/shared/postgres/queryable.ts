import { type QueryResult, type QueryResultRow } from 'pg';

/** A statement under a name: PostgreSQL parses it once for each connection, and plans it a few times, however often it runs. */
export interface PreparedStatement {
  readonly name: string;
  readonly text: string;
}

/**
 * A statement of the hot path. Its plan must not hang on its parameters, as that of a search with optional filters does: after a few
 * runs PostgreSQL keeps one plan for all of them.
 *
 * @param name of its own, at most 63 characters.
 */
export const prepared = (name: string, text: string): PreparedStatement => ({ name, text });

/** Anything that can run one statement: a pool, or a transaction. */
export interface Queryable {
  query<R extends QueryResultRow>(
    statement: string | PreparedStatement,
    values?: readonly unknown[],
  ): Promise<QueryResult<R>>;
}

declare const transactionBrand: unique symbol;

/**
 * A {@link Queryable} inside BEGIN … COMMIT. What must be atomic takes this type, so that doing it outside a transaction does
 * not compile.
 */
export interface Transaction extends Queryable {
  /**
   * Sends a statement whose rows nobody needs, without waiting for it: what comes next, at last COMMIT, follows on its heels. When it
   * fails, the transaction fails for its reason.
   */
  send(statement: string | PreparedStatement, values?: readonly unknown[]): void;
  readonly [transactionBrand]: true;
}

/** A database: single statements, and transactions. */
export interface Database extends Queryable {
  /**
   * Runs `work` between BEGIN and COMMIT and returns what it returns; whatever it throws rolls everything back.
   *
   * @throws AppError `unavailable` when the database cannot be reached or does not answer in time. The outcome of a COMMIT whose
   * answer was lost is unknown; callers repeat under the same key.
   */
  transaction<T>(work: (tx: Transaction) => T | Promise<T>): Promise<T>;
}
