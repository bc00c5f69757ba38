import { connect, type Socket } from 'node:net';
import { type Pool, type PoolClient, type QueryResult, type QueryResultRow } from 'pg';
import { STATEMENT_TIMEOUT } from './database-errors';
import { type PreparedStatement } from './queryable';
import { runAlone } from './session';

type Statement = string | PreparedStatement;

/**
 * Runs one statement in a transaction of its own, for at most the pool's `query_timeout`. A statement that is not answered by then is
 * cancelled at the server before its connection is closed: otherwise it would run on there, and the pool would open another connection
 * beside it, up to the server's limit.
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

/** A pool without a limit, as scripts and tests use it, waits for 23 days: about as long as a timer can. */
const NO_LIMIT_MS = 2_000_000_000;

/** How long one statement of a pool may take, in milliseconds. */
export const queryTimeoutOf = ({ options }: Pool): number => Number(options.query_timeout ?? NO_LIMIT_MS);

/** Sends a statement. Its connection is destroyed when nothing is heard from the server, not even after a cancel request. */
export function startStatement<R extends QueryResultRow>(
  client: PoolClient,
  statement: Statement,
  values: readonly unknown[] | undefined,
  limitMs: number,
): Promise<QueryResult<R>> {
  const query = typeof statement === 'string' ? { text: statement } : statement;
  return client.query({ ...query, values, query_timeout: limitMs + CANCEL_TIMEOUT_MS } as never);
}

/**
 * Waits for what runs on a connection and gives the connection back to its pool. When the time is up or the signal comes, it rejects at
 * once, cancels the statement at the server and closes the connection, which counts in its pool until then.
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
      // After a fault the next statement gets a connection whose state is known.
      client.release(error !== null);
      outcome();
    };
    running.then(
      (value) => settle(null, () => resolve(value)),
      (error: unknown) => settle(error, () => reject(error as Error)),
    );
  });
}

/** How long the server may take to accept a cancel request, in milliseconds. */
export const CANCEL_TIMEOUT_MS = 500;

/** Identifies a CancelRequest, where a startup message has its protocol version. */
const CANCEL_REQUEST_CODE = 80_877_102;
const MESSAGE_BYTES = 16;

/** What `pg` knows of a connection beyond its types. */
interface Backend {
  host: string;
  port: number;
  processID: number | null;
  secretKey: number | null;
}

/**
 * Asks the server to end the statement that a connection is running (CancelRequest, PostgreSQL 15 documentation 55.2.8), on a
 * connection of its own, as the protocol demands; it carries no password, and like libpq it is sent without TLS. PgBouncer passes it on
 * as long as the first connection is open; RDS Proxy ignores it.
 *
 * The cancellation can arrive when the statement has just ended, and would then hit the next one: the caller closes the connection
 * afterwards.
 *
 * @returns settles when the server has closed the second connection, or after {@link CANCEL_TIMEOUT_MS}. Never rejects.
 */
export function requestCancel(client: PoolClient): Promise<void> {
  const { host, port, processID, secretKey } = client as unknown as Backend;
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
