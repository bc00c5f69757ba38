/** What connection poolers refuse, and what to set; told by SQLSTATE, and by PgBouncer's texts, which are not translated. */
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

/** A refusal of a connection pooler, with what to set against it; code and severity as the pooler gave them. */
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

interface PoolerError extends Error {
  code?: string;
  severity?: string;
}

/** Null for any other error. */
export function poolerRefusal(error: unknown): PoolerRefusal | null {
  if (!(error instanceof Error) || error instanceof PoolerRefusal) return null;
  const { code = '', message } = error as PoolerError;
  const refusal = REFUSALS.find((one) => one.code.test(code) && (one.text?.test(message) ?? true));
  return refusal ? new PoolerRefusal(refusal.advice, error) : null;
}
