/** Settings of a PostgreSQL that keeps the time of each commit, by its own clock. */
export const KEEP_COMMIT_TIMES = { track_commit_timestamp: 'on' } as const;

/**
 * SQL: when the transaction that wrote a row committed, in milliseconds since 1970. Of a row that is written once that is the moment
 * from which everybody could see it, whatever the clocks of the services say; of one that was changed, the last change.
 *
 * @param alias of the row's table in the statement.
 */
export const commitOf = (alias: string): string =>
  `extract(epoch FROM pg_xact_commit_timestamp(${alias}.xmin))::float8 * 1000`;
