import { type Transaction } from './queryable';

/** Limits how long the following statements of a transaction wait for each lock, instead of `LOCK_TIMEOUT_MS`. */
export function limitLockWait(tx: Transaction, milliseconds: number): void {
  tx.send(`SET LOCAL lock_timeout = ${milliseconds}`);
}
