import { findMatchingHash, hashSecret, newSecret } from '../../src/shared/auth/client-secret';
import { rowsOf } from './rows';

/** The clients table as the previous version uses it: it knows the slow hashes only. Its statements are copied. */
export interface FormerClients {
  register(id: string): Promise<{ id: string; secret: string }>;
  /** Returns the new secret. */
  rotate(id: string, graceSeconds: number): Promise<string>;
  remove(id: string): Promise<void>;
  /** Whether the previous version would issue a token for that secret. */
  accepts(id: string, secret: string): Promise<boolean>;
  hashOf(id: string): Promise<string>;
}

export function formerClients(url: string): FormerClients {
  async function hashOf(id: string): Promise<string> {
    const [row] = await rowsOf<{ secret_hash: string }>(
      url,
      'SELECT secret_hash FROM clients WHERE client_id = $1 AND deleted_at IS NULL',
      [id],
    );
    return row!.secret_hash;
  }
  return {
    hashOf,
    async register(id) {
      const secret = newSecret();
      await rowsOf(
        url,
        `INSERT INTO clients (client_id, name, scopes, secret_hash, created_at, updated_at)
         VALUES ($1, $2, $3, $4, COALESCE($5, now()), COALESCE($5, now()))
         ON CONFLICT (client_id) DO NOTHING RETURNING client_id`,
        [id, null, ['order:read'], await hashSecret(secret), null],
      );
      return { id, secret };
    },
    async rotate(id, graceSeconds) {
      const secret = newSecret();
      await rowsOf(
        url,
        `UPDATE clients
            SET previous_secret_hash = secret_hash, previous_secret_expires_at = now() + make_interval(secs => $3),
                secret_hash = $2, updated_at = now()
          WHERE client_id = $1 AND deleted_at IS NULL`,
        [id, await hashSecret(secret, await hashOf(id)), graceSeconds],
      );
      return secret;
    },
    async remove(id) {
      await rowsOf(
        url,
        `UPDATE clients SET deleted_at = now(), updated_at = now(), previous_secret_hash = NULL
          WHERE client_id = $1 AND deleted_at IS NULL`,
        [id],
      );
    },
    async accepts(id, secret) {
      const [row] = await rowsOf<{ secret_hash: string; previous: string | null }>(
        url,
        `SELECT scopes, secret_hash,
                CASE WHEN previous_secret_expires_at > now() THEN previous_secret_hash END AS previous
           FROM clients WHERE client_id = $1 AND disabled_at IS NULL AND deleted_at IS NULL`,
        [id],
      );
      const hashes = [row?.secret_hash, row?.previous].filter((hash) => typeof hash === 'string');
      return (await findMatchingHash(secret, hashes)) >= 0;
    },
  };
}
