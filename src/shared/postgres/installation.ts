import { isRetryable } from '../errors';
import { type Queryable } from './queryable';

/** Returns a function that reads the identity of the database once; after a failure it reads again. */
export function cachedInstallationId(db: Queryable): () => Promise<string> {
  return cached(() => installationId(db));
}

/**
 * The identity of this database's history, for caches of its contents. A restored database has its old identity again, but lacks the
 * orders that were placed after the backup. A database that was created anew has another OID; one that was recovered to an earlier
 * moment, or promoted, has another timeline. A restore into the same database changes neither: use `renewInstallation` there.
 */
export function cachedHistoryId(db: Queryable): () => Promise<string> {
  return cached(async () =>
    JSON.stringify([await installationId(db), await databaseOid(db), await timeline(db)]),
  );
}

/** The identity of this database, which is created and deleted with the database. */
async function installationId(db: Queryable): Promise<string> {
  const { rows } = await db.query<{ installation_id: string }>('SELECT installation_id FROM installation');
  if (!rows[0]) throw new Error('the table installation has no row; run the migrations');
  return rows[0].installation_id;
}

async function databaseOid(db: Queryable): Promise<string> {
  const { rows } = await db.query<{ oid: string }>(
    'SELECT oid::bigint::text AS oid FROM pg_database WHERE datname = current_database()',
  );
  return rows[0]?.oid ?? '';
}

/** Null when the server does not report its timeline. */
async function timeline(db: Queryable): Promise<string | null> {
  try {
    const { rows } = await db.query<{ timeline: string }>(
      'SELECT substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) AS timeline',
    );
    return rows[0]?.timeline ?? null;
  } catch (error) {
    if (isRetryable(error)) throw error;
    return null;
  }
}

function cached(read: () => Promise<string>): () => Promise<string> {
  let known: Promise<string> | undefined;
  return () => {
    known ??= read();
    known.catch(() => (known = undefined));
    return known;
  };
}

/** Gives the database a new identity, so that entries that were cached or counted under the old one are never found again. */
export async function renewInstallation(db: Queryable): Promise<void> {
  await db.query('UPDATE installation SET installation_id = gen_random_uuid()');
}
