import { type Queryable } from '../../shared/postgres/queryable';

/** The identity of this database: made with it, and gone with it. */
export async function installationId(db: Queryable): Promise<string> {
  const { rows } = await db.query<{ installation_id: string }>('SELECT installation_id FROM installation');
  if (!rows[0]) throw new Error('the table installation has no row; run the migrations');
  return rows[0].installation_id;
}

/** Asks for the identity once; after a failure again. */
export function rememberedInstallation(db: Queryable): () => Promise<string> {
  let known: Promise<string> | undefined;
  return () => {
    known ??= installationId(db);
    known.catch(() => (known = undefined));
    return known;
  };
}
