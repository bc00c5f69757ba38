import { type QueryResult, type QueryResultRow } from 'pg';

/** Anything that can run one statement: a pool, or a transaction. */
export interface Queryable {
  query<R extends QueryResultRow>(text: string, values?: readonly unknown[]): Promise<QueryResult<R>>;
}

declare const transactionBrand: unique symbol;

/**
 * A {@link Queryable} inside BEGIN … COMMIT. What must be atomic takes this type, so that doing it outside a transaction does
 * not compile.
 */
export interface Transaction extends Queryable {
  readonly [transactionBrand]: true;
}
