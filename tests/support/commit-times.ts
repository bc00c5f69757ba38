/** PostgreSQL settings that record the time of each commit, by the server's clock. */
export const KEEP_COMMIT_TIMES = { track_commit_timestamp: 'on' } as const;

/**
 * SQL for the commit time of the transaction that last wrote a row, in milliseconds since 1970. For a row that is never updated, this is the
 * time from which it was visible, independent of the clocks of the services.
 *
 * @param alias of the row's table in the statement.
 */
export const commitOf = (alias: string): string =>
  `extract(epoch FROM pg_xact_commit_timestamp(${alias}.xmin))::float8 * 1000`;
