import { type Queryable, type Transaction } from '../../../shared/postgres/queryable';

/**
 * Gives an endpoint another secret; the present one becomes the previous one.
 *
 * @param until when the previous one ends.
 */
export async function replaceSecret(
  tx: Transaction,
  endpointId: string,
  { sealedSecret, until, now }: { sealedSecret: Buffer; until: Date; now: Date },
): Promise<void> {
  await tx.query(
    `UPDATE webhook_endpoints
        SET previous_sealed_secret = CASE WHEN $3::timestamptz > $4::timestamptz THEN sealed_secret END,
            previous_secret_until = CASE WHEN $3::timestamptz > $4::timestamptz THEN $3::timestamptz END,
            sealed_secret = $2, version = version + 1, updated_at = $4::timestamptz
      WHERE endpoint_id = $1`,
    [endpointId, sealedSecret, until, now],
  );
}

/** A secret in the database, and the column that it is in. */
export interface SealedColumn {
  endpointId: string;
  column: 'sealed_secret' | 'previous_sealed_secret';
  sealed: Buffer;
}

const WITH_PREFIX = (column: string): string => `substring(${column} FROM 1 FOR 9)`;

/** Secrets that were sealed with one of some keys. */
export async function findSealedWith(
  db: Queryable,
  prefixes: readonly Buffer[],
  limit: number,
): Promise<SealedColumn[]> {
  const { rows } = await db.query<{ endpoint_id: string; column: SealedColumn['column']; sealed: Buffer }>(
    `SELECT endpoint_id, 'sealed_secret' AS column, sealed_secret AS sealed
       FROM webhook_endpoints WHERE ${WITH_PREFIX('sealed_secret')} = ANY ($1::bytea[])
     UNION ALL
     SELECT endpoint_id, 'previous_sealed_secret', previous_sealed_secret
       FROM webhook_endpoints WHERE ${WITH_PREFIX('previous_sealed_secret')} = ANY ($1::bytea[])
     LIMIT $2`,
    [prefixes, limit],
  );
  return rows.map((row) => ({ endpointId: row.endpoint_id, column: row.column, sealed: row.sealed }));
}

/** Replaces a sealed secret by another form of the same secret, unless it was changed meanwhile. Returns whether it was replaced. */
export async function replaceSealed(
  db: Queryable,
  { endpointId, column, sealed }: SealedColumn,
  by: Buffer,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `UPDATE webhook_endpoints SET ${column} = $3 WHERE endpoint_id = $1 AND ${column} = $2`,
    [endpointId, sealed, by],
  );
  return rowCount === 1;
}

/** The number of endpoints with a secret that was not sealed with the key of this prefix. */
export async function countSealedOtherwise(db: Queryable, prefix: Buffer): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM webhook_endpoints
      WHERE ${WITH_PREFIX('sealed_secret')} <> $1 OR ${WITH_PREFIX('previous_sealed_secret')} <> $1`,
    [prefix],
  );
  return rows[0]?.count ?? 0;
}

/** Removes previous secrets that have ended. Returns how many. */
export async function removeEndedSecrets(db: Queryable): Promise<number> {
  const { rowCount } = await db.query(
    `UPDATE webhook_endpoints SET previous_sealed_secret = NULL, previous_secret_until = NULL
      WHERE endpoint_id IN (
            SELECT endpoint_id FROM webhook_endpoints WHERE previous_secret_until <= now() ORDER BY endpoint_id FOR NO KEY UPDATE)`,
  );
  return rowCount ?? 0;
}
