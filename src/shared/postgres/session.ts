import { randomUUID } from 'node:crypto';
import { type Client, type ClientBase, type QueryConfig, type QueryResult, type QueryResultRow } from 'pg';
import { announcedProcessId, StartupClient, withQueryTimeout } from './driver-internals';
import { type PreparedStatement } from './queryable';
import {
  searchPath,
  type SessionNeeds,
  type SessionSetting,
  sessionSettings,
  STARTUP_PARAMETERS,
} from './session-settings';

export interface SessionOptions extends SessionNeeds {
  /** Whether statements keep their names, under which PostgreSQL recognises them. */
  readonly preparedStatements: boolean;
}

/** How a connection was set up, for the log. */
export interface SessionReport {
  /** The settings for which the server, the database or the role has another value, so that every transaction sets them. */
  readonly setByTransaction: readonly string[];
  /** Statements are sent without names, because the pooler does not keep prepared statements. */
  readonly lacksStatementNames: boolean;
}

/** A connection that has the settings that the statements rely on, or sets them in each transaction. */
export class ConfiguredClient extends StartupClient {
  /** SQL that each transaction runs first; empty when the session has all settings. */
  transactionSettings = '';
  /** No connection pooler shares the session, so that its settings can be changed. */
  isDirect = false;

  protected override getStartupConf(): Record<string, string> {
    return { ...super.getStartupConf(), ...STARTUP_PARAMETERS };
  }
}

/**
 * Gives a new connection the settings that the statements rely on, whatever the server, the database or the role sets.
 *
 * A session without a pooler gets them once, and keeps them even when the server's settings change. Behind a connection pooler another
 * client uses the session a moment later: there nothing is set unless a setting differs, and then each transaction sets them itself.
 */
export async function configureSession(
  client: ConfiguredClient,
  options: SessionOptions,
): Promise<SessionReport> {
  const settings = sessionSettings(options);
  const { pid, present } = await inspect(client, options.schema, settings);
  const known = settings.filter(({ name }) => present[name] !== null);
  const valueOf = ({ name, wanted }: SessionSetting): string => wanted(present[name] ?? '');
  const assignments = (chosen: readonly SessionSetting[], isLocal: boolean): string =>
    `SELECT ${chosen.map((one) => `pg_catalog.set_config('${one.name}', '${valueOf(one)}', ${String(isLocal)})`).join(', ')}`;

  if (pid === announcedProcessId(client)) {
    client.isDirect = true;
    await client.query(assignments(known, false));
    if (!options.preparedStatements) dropStatementNames(client);
    return { setByTransaction: [], lacksStatementNames: false };
  }
  const settable = known.filter(({ isOfSession }) => !isOfSession);
  const different = settable.filter((one) => valueOf(one) !== present[one.name]).map(({ name }) => name);
  if (different.length > 0) client.transactionSettings = assignments(settable, true);
  const lacksSupport = options.preparedStatements && !(await supportsPreparedStatements(client));
  if (lacksSupport || !options.preparedStatements) dropStatementNames(client);
  return { setByTransaction: different, lacksStatementNames: lacksSupport };
}

/** The SQL that begins a transaction on this connection: its mode, whatever the default is, and the settings that it needs. */
export function beginOn(client: ClientBase, mode = 'READ COMMITTED, READ WRITE'): string {
  const settings = client instanceof ConfiguredClient ? client.transactionSettings : '';
  return `BEGIN ISOLATION LEVEL ${mode}, NOT DEFERRABLE${settings && `; ${settings}`}`;
}

/**
 * Runs one statement in its own transaction.
 *
 * @param queryTimeoutMs after how long the driver closes the connection, instead of the pool's limit.
 */
export async function runAlone<R extends QueryResultRow>(
  client: ClientBase,
  statement: string | PreparedStatement,
  values?: readonly unknown[],
  queryTimeoutMs?: number,
): Promise<QueryResult<R>> {
  const send = (query: QueryConfig) => client.query<R>(withQueryTimeout(query, queryTimeoutMs));
  const run = () =>
    send({
      ...(typeof statement === 'string' ? { text: statement } : statement),
      values: values as unknown[],
    });
  if (!(client instanceof ConfiguredClient) || client.transactionSettings === '') return run();
  const answers = await Promise.allSettled([
    send({ text: beginOn(client) }),
    run(),
    send({ text: 'COMMIT' }),
  ]);
  for (const answer of answers) if (answer.status === 'rejected') throw answer.reason;
  return (answers[1] as PromiseFulfilledResult<QueryResult<R>>).value;
}

interface Inspection {
  /** The server process that answered. Behind a pooler it differs from the one that was announced when the connection was opened. */
  pid: number;
  /** Null when this version of PostgreSQL does not have the setting. */
  present: Record<string, string | null>;
}

/** Reads the settings of the session. The search path is compared by its effect: a schema in it that does not exist does no harm. */
async function inspect(
  client: Client,
  schema: string,
  settings: readonly SessionSetting[],
): Promise<Inspection> {
  const names = settings.map(({ name }) => `'${name}'`).join(', ');
  const { rows } = await client.query<Inspection>(
    `SELECT pg_catalog.pg_backend_pid() AS pid, pg_catalog.json_object_agg(name, CASE
              WHEN name = 'search_path' AND pg_catalog.array_to_string(pg_catalog.current_schemas(true), ',') = 'pg_catalog,${schema}'
                THEN '${searchPath(schema)}'
              ELSE pg_catalog.current_setting(name, true) END) AS present
       FROM pg_catalog.unnest(ARRAY[${names}]::pg_catalog.text[]) AS s (name)`,
  );
  const [inspection] = rows;
  if (!inspection) throw new Error('the database did not report its settings');
  return inspection;
}

/**
 * Whether a pooler supports prepared statements: it then gives them its own names at the server, so that this statement does not find its
 * own name there. One transaction ensures that the same server process answers throughout and that no prepared statement stays there.
 */
async function supportsPreparedStatements(client: Client): Promise<boolean> {
  const name = `names-${randomUUID()}`;
  const [, found] = await Promise.all([
    client.query('BEGIN READ ONLY; SET LOCAL idle_in_transaction_session_timeout = 0'),
    client.query<{ is_kept: boolean }>({
      name,
      text: `SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_prepared_statements s WHERE s.name = $1) AS is_kept`,
      values: [name],
    }),
  ]);
  const isKept = found.rows[0]?.is_kept ?? false;
  if (!isKept) await client.query(`DEALLOCATE "${name}"`);
  await client.query('COMMIT');
  return isKept;
}

/** Makes the client send statements without the names under which PostgreSQL would keep them. */
function dropStatementNames(client: Client): void {
  const query = client.query.bind(client) as (...args: unknown[]) => never;
  client.query = (...args: unknown[]): never => {
    const [statement, ...rest] = args;
    const isNamed = typeof statement === 'object' && statement !== null && 'name' in statement;
    return query(isNamed ? { ...statement, name: undefined } : statement, ...rest);
  };
}
