import { connect, type Socket } from 'node:net';
import { type Pool, type PoolClient, type QueryResult, type QueryResultRow } from 'pg';
import { STATEMENT_TIMEOUT } from './database-errors';
import { cancelTarget, withQueryTimeout } from './driver-internals';
import { type PreparedStatement } from './queryable';
import { runAlone } from './session';

type Statement = string | PreparedStatement;

/** A pool without a limit, as in scripts and tests, waits for 23 days: about the longest delay of a timer. */
const NO_LIMIT_MS = 2_000_000_000;

/** How long the server may take to accept a cancel request, in milliseconds. */
const CANCEL_TIMEOUT_MS = 500;

/** Identifies a CancelRequest; a startup message has its protocol version in this field. */
const CANCEL_REQUEST_CODE = 80_877_102;
const MESSAGE_BYTES = 16;

/**
 * Runs one statement in its own transaction, for at most the pool's `query_timeout`. A statement that exceeds the limit is cancelled at
 * the server before its connection is closed: otherwise it would continue there while the pool opens further connections, up to the
 * server's limit.
 *
 * @throws Error `statement timeout` when the time is up; the outcome of the statement is then unknown.
 */
export async function runTimed<R extends QueryResultRow>(
  pool: Pool,
  statement: Statement,
  values?: readonly unknown[],
): Promise<QueryResult<R>> {
  const limitMs = queryTimeoutOf(pool);
  const client = await pool.connect();
  const answer = runAlone<R>(client, statement, values, limitMs + CANCEL_TIMEOUT_MS);
  return untilCancelled(client, answer, { limitMs });
}

/** The time limit of one statement of a pool, in milliseconds. */
export const queryTimeoutOf = ({ options }: Pool): number => Number(options.query_timeout ?? NO_LIMIT_MS);

/** Sends a statement. Its connection is destroyed when the server does not answer, not even to a cancel request. */
export function startStatement<R extends QueryResultRow>(
  client: PoolClient,
  statement: Statement,
  values: readonly unknown[] | undefined,
  limitMs: number,
): Promise<QueryResult<R>> {
  const query = typeof statement === 'string' ? { text: statement } : statement;
  const sent = { ...query, values: values as unknown[] };
  return client.query<R>(withQueryTimeout(sent, limitMs + CANCEL_TIMEOUT_MS));
}

/**
 * Waits for the statements that run on a connection and returns the connection to its pool. When the time is up or the signal is aborted,
 * it rejects at once, cancels the statement at the server and closes the connection, which counts in its pool until then.
 *
 * @throws the signal's reason, or Error `statement timeout`.
 */
export function untilCancelled<T>(
  client: PoolClient,
  running: Promise<T>,
  { limitMs, signal }: { limitMs: number; signal?: AbortSignal },
): Promise<T> {
  return new Promise((resolve, reject) => {
    let isCancelled = false;
    const cancel = (reason: unknown): void => {
      if (isCancelled) return;
      isCancelled = true;
      reject(reason as Error);
      void Promise.allSettled([requestCancel(client), running]).then(() => client.release(true));
    };
    const onAbort = (): void => cancel(signal?.reason);
    const timer = setTimeout(() => cancel(new Error(STATEMENT_TIMEOUT)), limitMs);
    signal?.addEventListener('abort', onAbort, { once: true });
    const settle = (error: unknown, outcome: () => void): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      if (isCancelled) return;
      // After an error the connection is closed, because its state is unknown.
      client.release(error !== null);
      outcome();
    };
    running.then(
      (value) => settle(null, () => resolve(value)),
      (error: unknown) => settle(error, () => reject(error as Error)),
    );
  });
}

/**
 * Asks the server to cancel the statement that a connection is running (CancelRequest, PostgreSQL 15 documentation 55.2.8). The protocol
 * requires a separate connection; the request carries no password, and like libpq this function sends it without TLS. PgBouncer forwards
 * it while the first connection is open; RDS Proxy ignores it.
 *
 * The request can arrive just after the statement has ended, and would then cancel the next one: the caller must close the connection
 * afterwards.
 *
 * @returns a promise that resolves when the server has closed the second connection, or after {@link CANCEL_TIMEOUT_MS}. Never rejects.
 */
export function requestCancel(client: PoolClient): Promise<void> {
  const { host, port, processID, secretKey } = cancelTarget(client);
  if (processID === null || secretKey === null) return Promise.resolve();
  const socket = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host);
  return sendAndWait(socket, cancelMessage(processID, secretKey));
}

function cancelMessage(processId: number, secretKey: number): Buffer {
  const message = Buffer.alloc(MESSAGE_BYTES);
  [MESSAGE_BYTES, CANCEL_REQUEST_CODE, processId, secretKey].forEach((value, index) =>
    message.writeInt32BE(value | 0, index * 4),
  );
  return message;
}

function sendAndWait(socket: Socket, message: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => socket.destroy(), CANCEL_TIMEOUT_MS);
    socket.on('error', () => undefined);
    socket.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
    socket.resume();
    socket.write(message);
  });
}
