import { isRetryable } from '../errors';
import { type Queryable } from './queryable';

/** The identity of this database: made with it, and gone with it. */
async function installationId(db: Queryable): Promise<string> {
  const { rows } = await db.query<{ installation_id: string }>('SELECT installation_id FROM installation');
  if (!rows[0]) throw new Error('the table installation has no row; run the migrations');
  return rows[0].installation_id;
}

/** Asks for the identity once; after a failure again. */
export function rememberedInstallation(db: Queryable): () => Promise<string> {
  return remembered(() => installationId(db));
}

/**
 * The identity of this database's history, for caches of what it holds: a restored database has the old identity again, but not the
 * orders that came after the backup. A database that was made anew has another OID; one that was recovered to an earlier moment, or
 * promoted, has another timeline. Neither is so after a restore into the same database: `renewInstallation` is for that.
 */
export function rememberedHistory(db: Queryable): () => Promise<string> {
  return remembered(async () =>
    JSON.stringify([await installationId(db), await databaseOid(db), await timeline(db)]),
  );
}

async function databaseOid(db: Queryable): Promise<string> {
  const { rows } = await db.query<{ oid: string }>(
    'SELECT oid::bigint::text AS oid FROM pg_database WHERE datname = current_database()',
  );
  return rows[0]?.oid ?? '';
}

/** Null where the server does not tell. */
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

function remembered(ask: () => Promise<string>): () => Promise<string> {
  let known: Promise<string> | undefined;
  return () => {
    known ??= ask();
    known.catch(() => (known = undefined));
    return known;
  };
}

/** Gives the database another identity: nothing that was cached or counted under the old one is found again. */
export async function renewInstallation(db: Queryable): Promise<void> {
  await db.query('UPDATE installation SET installation_id = gen_random_uuid()');
}
