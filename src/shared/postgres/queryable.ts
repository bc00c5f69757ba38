import { type QueryResult, type QueryResultRow } from 'pg';

/** A statement. With a name, PostgreSQL parses it once per connection and plans it a few times, however often it runs. */
export interface PreparedStatement {
  readonly name?: string;
  readonly text: string;
  /** See {@link byKey}. */
  readonly isByKey?: true;
  /** See {@link preparedInsert}. */
  readonly isInsert?: true;
}

/**
 * Creates a statement of the hot path. Its plan must not depend on its parameters, as the plan of a search with optional filters does:
 * after a few runs PostgreSQL keeps one plan for all of them.
 *
 * @param name unique, at most 63 characters.
 */
export const prepared = (name: string, text: string): PreparedStatement => ({ name, text });

/**
 * Creates a statement that finds its rows by key, or reads them in the order of an index. In a transaction it is planned with nested loops
 * over plain index scans only.
 */
export const byKey = (text: string): PreparedStatement => ({ text, isByKey: true });

/**
 * {@link prepared} and {@link byKey}: PostgreSQL would scan a table as a whole while it is small, and still do so after it has grown,
 * because a prepared statement keeps its plan until the next ANALYZE.
 */
export const preparedByKey = (name: string, text: string): PreparedStatement => ({ name, ...byKey(text) });

/**
 * {@link prepared} for a statement that inserts its parameters and reads no table: its plan does not depend on the planner's settings, so
 * that they need not be changed for it.
 */
export const preparedInsert = (name: string, text: string): PreparedStatement => ({
  name,
  text,
  isInsert: true,
});

declare const signalBrand: unique symbol;

/** A signal that transactions give after their commit. */
export interface CommitSignal {
  readonly name: string;
  readonly [signalBrand]: true;
}

/** @param name unique. */
export const commitSignal = (name: string): CommitSignal => ({ name }) as CommitSignal;

/** Runs single statements: a pool or a transaction. */
export interface Queryable {
  query<R extends QueryResultRow>(
    statement: string | PreparedStatement,
    values?: readonly unknown[],
  ): Promise<QueryResult<R>>;
}

declare const transactionBrand: unique symbol;

/**
 * A {@link Queryable} inside BEGIN … COMMIT. Functions that must be atomic take this type, so that a call outside a transaction does not
 * compile.
 */
export interface Transaction extends Queryable {
  /**
   * Sends a statement without waiting for its answer, for statements whose rows are not needed; the next statement, or COMMIT, follows
   * directly. When it fails, the transaction fails with its error.
   */
  send(statement: string | PreparedStatement, values?: readonly unknown[]): void;
  /** Runs the last statement. COMMIT goes out in the same packet, and no statement may follow. */
  queryLast: Queryable['query'];
  /** Gives a signal to the listeners of {@link Database.onCommitted}, once, after this transaction has committed. */
  afterCommit(signal: CommitSignal): void;
  readonly [transactionBrand]: true;
}

export interface TransactionOptions {
  /**
   * `asynchronous`: COMMIT does not wait until the change is on disk (`synchronous_commit = off`). A crash of the server can lose the changes of
   * its last moments, never those of a later transaction without those of an earlier one. Only for changes that a repeat makes again and that
   * nobody was told about. By default `durable`.
   */
  commit?: 'durable' | 'asynchronous';
}

/** A database, which runs single statements and transactions. */
export interface Database extends Queryable {
  /**
   * Runs `work` between BEGIN and COMMIT and returns its result; an error that it throws rolls everything back.
   *
   * @throws AppError `unavailable` when the database cannot be reached or does not answer in time. The outcome of a COMMIT whose answer
   * was lost is unknown; callers repeat the work under the same key.
   */
  transaction<T>(work: (tx: Transaction) => T | Promise<T>, options?: TransactionOptions): Promise<T>;
  /**
   * Adds a listener for a signal of this process's transactions. It is not called for a COMMIT whose answer was lost, nor for transactions
   * of other processes: listeners speed up a loop that polls.
   */
  onCommitted(signal: CommitSignal, listener: () => void): void;
}

/** Runs `work` in the given transaction, or in one of its own: statements that are planned by key need one. */
export function inOneTransaction<T>(
  db: Database | Transaction,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  return 'transaction' in db ? db.transaction(work) : work(db);
}
