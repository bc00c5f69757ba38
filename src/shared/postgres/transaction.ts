import { type Pool, type PoolClient, type QueryResult } from 'pg';
import {
  type CommitSignal,
  prepared,
  type PreparedStatement,
  type Transaction,
  type TransactionOptions,
} from './queryable';
import { asUnavailable, isAborted, isServerAnswer, isStatementLost } from './database-errors';
import { socketOf } from './driver-internals';
import { beginOn } from './session';
import { queryTimeoutOf } from './timed-statement';

/** How long a statement in a transaction waits for the lock of another transaction, in milliseconds. */
export const LOCK_TIMEOUT_MS = 800;

/**
 * How long the server keeps an idle transaction open, in milliseconds: that of a paused or disconnected process would hold its locks for
 * hours. Longer than any call that a transaction waits for, such as the relay's, which sends events while it holds their locks.
 */
export const ABANDONED_AFTER_MS = 5_000;

const LIMITS = `SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS};
  SET LOCAL idle_in_transaction_session_timeout = ${ABANDONED_AFTER_MS}`;

/** The setting for each kind of commit, as further SQL. */
const COMMITS = { durable: '', asynchronous: '; SET LOCAL synchronous_commit = off' };

/**
 * The plans other than nested loops over index scans are switched off for `byKey` statements, and on again for others. Without
 * `enable_material` the planner would read a whole index once and compare each row of the other side with all of it.
 */
const PLAN_SETTINGS = [
  'enable_seqscan',
  'enable_bitmapscan',
  'enable_hashjoin',
  'enable_mergejoin',
  'enable_material',
];

const planSwitch = (name: string, value: 'on' | 'off'): PreparedStatement =>
  prepared(
    name,
    `SELECT ${PLAN_SETTINGS.map((setting) => `pg_catalog.set_config('${setting}', '${value}', true)`).join(', ')}`,
  );

const PLAN_BY_KEY = planSwitch('plan-by-key', 'off');
const PLAN_FREELY = planSwitch('plan-freely', 'on');

/**
 * Switches the planner for each statement of one transaction.
 *
 * @param send sends a statement without waiting for its answer.
 * @returns a function to call before each statement.
 */
export function planSwitching(
  send: (statement: PreparedStatement) => void,
): (next: string | PreparedStatement) => void {
  let isByKey = false;
  return (next) => {
    if (typeof next === 'object' && next.isInsert === true) return;
    const needsKey = typeof next === 'object' && next.isByKey === true;
    if (needsKey !== isByKey) send(needsKey ? PLAN_BY_KEY : PLAN_FREELY);
    isByKey = needsKey;
  };
}

/** See `Database.transaction`. */
export async function inTransaction<T>(
  pool: Pool,
  work: (tx: Transaction) => T | Promise<T>,
  { commit: durability = 'durable' }: TransactionOptions = {},
  onCommitted: (signal: CommitSignal) => void = () => undefined,
): Promise<T> {
  const client = await connect(pool);
  const { tx, signals, commit } = transactionOn(client);
  let result: T;
  try {
    tx.send(
      `${beginOn(client)}; ${LIMITS}; SET LOCAL statement_timeout = ${statementTimeoutMs(pool)}${COMMITS[durability]}`,
    );
    result = await work(tx);
    await commit();
    client.release();
  } catch (error) {
    await rollback(client, error);
    throw asUnavailable(error);
  }
  signals.forEach(onCommitted);
  return result;
}

/**
 * The server ends a statement shortly after the pool has given it up, so that it does not run on behind a closed connection. It must not
 * do so earlier: callers treat a lost answer and a refused statement differently.
 */
const statementTimeoutMs = (pool: Pool): number => queryTimeoutOf(pool) + 200;

interface OpenTransaction {
  tx: Transaction;
  signals: ReadonlySet<CommitSignal>;
  commit: () => Promise<void>;
}

function transactionOn(client: PoolClient): OpenTransaction {
  const sent: Promise<unknown>[] = [];
  const signals = new Set<CommitSignal>();
  const failure = firstFailure();

  function query(statement: string | PreparedStatement, values?: readonly unknown[]): Promise<QueryResult> {
    sendTogether(client);
    return client.query(statement as string, values as unknown[]).catch(failure.rethrow);
  }

  function send(statement: string | PreparedStatement, values?: readonly unknown[]): void {
    const answer = query(statement, values);
    // `commit` handles a failure; until then it must not be an unhandled rejection.
    answer.catch(() => undefined);
    sent.push(answer);
  }

  const planFor = planSwitching(send);
  let committing: Promise<void> | null = null;

  /** After a failed statement that `work` caught, PostgreSQL answers COMMIT with a ROLLBACK and no error. */
  async function commit(): Promise<void> {
    const committed = query('COMMIT');
    await Promise.all([...sent, committed]);
    const { command } = await committed;
    if (command !== 'COMMIT')
      throw new Error('the transaction was rolled back: a statement in it had failed');
  }

  return {
    signals,
    tx: {
      query(statement: string | PreparedStatement, values?: readonly unknown[]) {
        planFor(statement);
        return query(statement, values);
      },
      send(statement, values) {
        planFor(statement);
        send(statement, values);
      },
      queryLast(statement: string | PreparedStatement, values?: readonly unknown[]) {
        planFor(statement);
        const answer = query(statement, values);
        committing = commit();
        // It fails too when the statement fails; then the error of the statement is the reason.
        committing.catch(() => undefined);
        return answer;
      },
      afterCommit: (signal) => void signals.add(signal),
    } as Transaction,
    commit: () => committing ?? commit(),
  };
}

/**
 * The statements of a transaction that were sent behind a failed one only report that an earlier statement failed. They get its error instead:
 * whichever of them a caller waits for first, it learns the reason.
 */
function firstFailure(): { rethrow: (error: unknown) => never } {
  let first: { error: unknown } | null = null;
  return {
    rethrow(error) {
      first ??= { error };
      throw isAborted(error) ? first.error : error;
    },
  };
}

/** Sends all statements of one event loop tick in one packet, because each packet wakes a server process. */
export function sendTogether(client: PoolClient): void {
  const socket = socketOf(client);
  if (socket.writableCorked > 0) return;
  socket.cork();
  process.nextTick(() => socket.uncork());
}

/** @throws AppError `unavailable` */
export async function connect(pool: Pool): Promise<PoolClient> {
  try {
    return await pool.connect();
  } catch (error) {
    throw asUnavailable(error);
  }
}

/** After a timeout the connection may still be busy with the statement, so it is closed, which also rolls back. */
async function rollback(client: PoolClient, cause: unknown): Promise<void> {
  const isKnown = !(cause instanceof Error) || isServerAnswer(cause) || asUnavailable(cause) === cause;
  const isHealthy = isKnown && !isStatementLost(cause);
  try {
    if (isHealthy) await client.query('ROLLBACK');
    client.release(!isHealthy);
  } catch {
    client.release(true);
  }
}
