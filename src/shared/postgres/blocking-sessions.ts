import { type ClientBase, type QueryResult, type QueryResultRow } from 'pg';
import { withQueryTimeout } from './driver-internals';

const ANSWER_WITHIN_MS = 10_000;

interface BlockingSession {
  /** 0 for a prepared transaction, which has no session. */
  pid: number;
  application_name: string | null;
  /** Null when the role may not read it. */
  state: string | null;
  transaction_seconds: number | null;
}

const SESSIONS = `SELECT DISTINCT b.pid, a.application_name, a.state,
         pg_catalog.floor(EXTRACT(epoch FROM pg_catalog.clock_timestamp() - a.xact_start))::int AS transaction_seconds
    FROM pg_catalog.unnest(pg_catalog.pg_blocking_pids($1)) AS b (pid)
    LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = b.pid
   ORDER BY b.pid`;

/** For a server on which only some roles may read pg_stat_activity. */
const PROCESSES = `SELECT DISTINCT b.pid, NULL AS application_name, NULL AS state, NULL::int AS transaction_seconds
    FROM pg_catalog.unnest(pg_catalog.pg_blocking_pids($1)) AS b (pid) ORDER BY b.pid`;

const INDEX_PROGRESS = `SELECT p.phase || CASE
           WHEN p.blocks_total > 0 THEN pg_catalog.format(', %s of %s blocks', p.blocks_done, p.blocks_total)
           WHEN p.tuples_total > 0 THEN pg_catalog.format(', %s of %s rows', p.tuples_done, p.tuples_total)
           ELSE '' END AS progress
    FROM pg_catalog.pg_stat_progress_create_index p WHERE p.pid = $1 AND p.phase IS NOT NULL`;

/**
 * The sessions whose locks a server process waits for, for example `pid 4711 (psql, idle in transaction, transaction open for 95 s)`.
 *
 * @param client in a transaction, which is the same afterwards: no error aborts it and no snapshot is kept.
 * @returns '' when there is none, or when the server does not tell.
 */
export async function blockingSessions(client: ClientBase, pid: number): Promise<string> {
  const rows =
    (await inSavepoint<BlockingSession>(client, SESSIONS, pid)) ??
    (await inSavepoint<BlockingSession>(client, PROCESSES, pid)) ??
    [];
  return rows.map(described).join(', ');
}

/** How far a server process is that builds an index, for example `building index: scanning table, 10 of 90 blocks`; '' otherwise. */
export async function indexProgress(client: ClientBase, pid: number): Promise<string> {
  const rows = await inSavepoint<{ progress: string }>(client, INDEX_PROGRESS, pid);
  return rows?.[0]?.progress ?? '';
}

function described({ pid, application_name, state, transaction_seconds }: BlockingSession): string {
  if (pid === 0) return 'a prepared transaction (see pg_prepared_xacts)';
  const age = transaction_seconds === null ? '' : `transaction open for ${transaction_seconds} s`;
  const details = [application_name, state, age].filter(Boolean).join(', ');
  return details === '' ? `pid ${pid}` : `pid ${pid} (${details})`;
}

/** Null when the query fails. An error outside a savepoint would abort the transaction, which releases its locks. */
async function inSavepoint<R extends QueryResultRow>(
  client: ClientBase,
  sql: string,
  pid: number,
): Promise<R[] | null> {
  const send = <T extends QueryResultRow>(text: string, values: unknown[] = []) =>
    client.query<T>(withQueryTimeout({ text, values }, ANSWER_WITHIN_MS));
  const [, answer] = await Promise.allSettled([
    send('SAVEPOINT reading'),
    send<R>(sql, [pid]),
    send('ROLLBACK TO SAVEPOINT reading; RELEASE SAVEPOINT reading'),
  ]);
  return answer.status === 'fulfilled' ? (answer.value as QueryResult<R>).rows : null;
}
