/**
 * A setting that the statements of this system rely on. The server, the database or the role may set it to another value (ALTER SYSTEM,
 * ALTER DATABASE, ALTER ROLE); each session needs the value given here.
 */
export interface SessionSetting {
  readonly name: string;
  /** The required value, given the present one; it is the present value when that does no harm. */
  readonly wanted: (present: string) => string;
  /** The setting has no effect within a transaction, so it can only be set for a session without a pooler. */
  readonly isOfSession?: true;
}

export interface SessionNeeds {
  /** The schema that holds the tables. */
  readonly schema: string;
  /** How long one statement may take, in milliseconds; the server must not end it earlier. 0: no limit. */
  readonly queryTimeoutMs: number;
}

/**
 * Sent when a connection is opened. Poolers accept these two, because JDBC sends them as well: PgBouncer keeps them for each client, also
 * in transaction pooling, and refuses others. The driver itself adds client_encoding=UTF8.
 */
export const STARTUP_PARAMETERS = { DateStyle: 'ISO, MDY', TimeZone: 'UTC' };

/** The pool closes a connection that is idle for 30 s; the server must not close it earlier. */
const LONGEST_IDLE_MS = 40_000;

const MS_OF_UNIT: Readonly<Record<string, number>> = { '': 1, ms: 1, s: 1e3, min: 6e4, h: 36e5, d: 864e5 };

export function sessionSettings({ schema, queryTimeoutMs }: SessionNeeds): readonly SessionSetting[] {
  const exactly = (value: string) => () => value;
  return [
    { name: 'search_path', wanted: exactly(searchPath(schema)) },
    { name: 'client_encoding', wanted: exactly('UTF8') },
    { name: 'DateStyle', wanted: exactly(STARTUP_PARAMETERS.DateStyle) },
    { name: 'TimeZone', wanted: exactly(STARTUP_PARAMETERS.TimeZone) },
    { name: 'standard_conforming_strings', wanted: exactly('on') },
    { name: 'extra_float_digits', wanted: (present) => (Number(present) >= 0 ? present : '1') },
    { name: 'default_transaction_isolation', wanted: exactly('read committed') },
    { name: 'default_transaction_read_only', wanted: exactly('off') },
    { name: 'default_transaction_deferrable', wanted: exactly('off') },
    // Acknowledged changes must survive a crash of the server.
    { name: 'synchronous_commit', wanted: (present) => (present === 'remote_apply' ? present : 'on') },
    { name: 'statement_timeout', wanted: noShorterThan(queryTimeoutMs) },
    { name: 'lock_timeout', wanted: noShorterThan(queryTimeoutMs) },
    { name: 'transaction_timeout', wanted: noShorterThan(queryTimeoutMs && LONGEST_IDLE_MS) },
    { name: 'idle_in_transaction_session_timeout', wanted: noShorterThan(LONGEST_IDLE_MS) },
    { name: 'idle_session_timeout', wanted: noShorterThan(LONGEST_IDLE_MS), isOfSession: true },
    { name: 'exit_on_error', wanted: exactly('off') },
    // Statements find their rows through indexes; without these plans they would read whole tables.
    { name: 'enable_indexscan', wanted: exactly('on') },
    { name: 'enable_indexonlyscan', wanted: exactly('on') },
    { name: 'enable_nestloop', wanted: exactly('on') },
    { name: 'plan_cache_mode', wanted: exactly('auto') },
  ];
}

/** Temporary tables come last; by default PostgreSQL would search them first. */
export const searchPath = (schema: string): string => `"${schema}", pg_temp`;

/** At the server 0 means no limit; a limit of 0 here requires that the server has none. */
const noShorterThan =
  (ms: number) =>
  (present: string): string =>
    millisecondsOf(present) === 0 || (ms > 0 && millisecondsOf(present) >= ms) ? present : '0';

/** Parses a time as PostgreSQL prints it: `0`, `250ms`, `5s`, `2min`. NaN for anything else. */
function millisecondsOf(setting: string): number {
  const [, digits = '', unit = ''] = /^(\d+)([a-z]*)$/.exec(setting) ?? [];
  return digits === '' ? NaN : Number(digits) * (MS_OF_UNIT[unit] ?? NaN);
}

/**
 * Refusals of connection poolers and the settings to change. They are recognised by SQLSTATE and by PgBouncer's texts, which are not
 * translated.
 */
const REFUSALS: readonly { code: RegExp; text?: RegExp; advice: string }[] = [
  {
    code: /^(26000|42P05)$/,
    advice:
      'the connection pooler does not keep prepared statements: set max_prepared_statements above 0 in PgBouncer 1.21 or later, or ' +
      'DATABASE_PREPARED_STATEMENTS=false',
  },
  {
    code: /^08P01$/,
    text: /unsupported startup parameter/,
    advice:
      "the connection pooler does not take this parameter: remove it from the URL, or name it in PgBouncer's ignore_startup_parameters",
  },
  {
    code: /^08P01$/,
    text: /query_wait_timeout/,
    advice:
      'no connection of the pooler became free in time: raise default_pool_size of PgBouncer, or lower DATABASE_POOL_MAX',
  },
  {
    code: /^08P01$/,
    text: /no more connections allowed/,
    advice: 'the connection pooler is full: raise max_client_conn of PgBouncer, or lower DATABASE_POOL_MAX',
  },
  {
    code: /^08P01$/,
    text: /statement pooling/,
    advice: 'set pool_mode=transaction in PgBouncer: in statement pooling there are no transactions',
  },
];

/** A refusal of a connection pooler, with advice; code and severity are those of the pooler. */
export class PoolerRefusal extends Error {
  readonly code: string;
  readonly severity: string | undefined;

  constructor(advice: string, cause: PoolerError) {
    super(`${cause.message}; ${advice}`, { cause });
    this.name = 'PoolerRefusal';
    this.code = cause.code ?? '';
    this.severity = cause.severity;
  }
}

/** Adds advice to a refusal of a connection pooler; null for any other error. */
export function poolerRefusal(error: unknown): PoolerRefusal | null {
  if (!(error instanceof Error) || error instanceof PoolerRefusal) return null;
  const { code = '', message } = error as PoolerError;
  const refusal = REFUSALS.find((one) => one.code.test(code) && (one.text?.test(message) ?? true));
  return refusal ? new PoolerRefusal(refusal.advice, error) : null;
}

interface PoolerError extends Error {
  code?: string;
  severity?: string;
}
