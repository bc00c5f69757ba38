import { type Scope } from '../../../shared/contracts/scopes';
import { type Queryable } from '../../../shared/postgres/queryable';
import {
  type ClientSecrets,
  type FindClientSecrets,
  type StoredSecret,
  updateDigest,
} from '../store/client-secret-store';

/** The comparisons of secrets are passed in, because use cases contain no cryptography. */
export interface AuthenticateClientDependencies {
  db: Queryable;
  findSecrets: FindClientSecrets;
  /** Hashes a secret with a key: fast, and at the same cost whatever it is compared with. */
  prepareSecret: (secret: string) => PreparedSecret;
  /** Finds the slow hash that a secret matches; -1 for none. */
  findMatchingHash: (secret: string, hashes: readonly string[]) => Promise<number>;
}

interface PreparedSecret {
  digest: string;
  matches(digest: string | null): boolean | null;
}

export type Grant = { clientId: string; scopes: readonly Scope[] };

/** The result of a comparison. */
export interface Compared {
  kind: 'compared';
  /** Null when the client is unknown, disabled or removed, or the secret is wrong: callers must not be able to distinguish these. */
  grant: Grant | null;
  /** Stores the digest of the right secret under the current pepper, unless that is stored already. */
  keepDigest: () => Promise<void>;
}

/** A secret of the client has no digest yet: only the comparison with its slow hash, which is expensive, decides. */
interface Undecided {
  kind: 'undecided';
  compareHashes: () => Promise<Compared>;
}

/**
 * Compares the secret of a client with the digests of its secrets. An unknown client, a disabled one and a wrong secret cost the same: one
 * look-up and one keyed hash.
 */
export async function authenticateClient(
  deps: AuthenticateClientDependencies,
  clientId: string,
  secret: string,
): Promise<Compared | Undecided> {
  const client = await deps.findSecrets(clientId);
  const given = deps.prepareSecret(secret);
  const stored = client ? secretsOf(client) : [];
  const results = stored.map(({ digest }) => given.matches(digest));
  const matched = stored[results.indexOf(true)];
  const undecided = stored.filter((_, index) => results[index] === null);
  const compared = (found: StoredSecret | undefined): Compared => ({
    kind: 'compared',
    grant: client && found ? { clientId, scopes: client.scopes } : null,
    async keepDigest() {
      if (found && found.digest !== given.digest)
        await updateDigest(deps.db, clientId, { hash: found.hash, digest: given.digest });
    },
  });
  if (matched || undecided.length === 0) return compared(matched);
  return {
    kind: 'undecided',
    async compareHashes() {
      const hashes = undecided.map(({ hash }) => hash);
      return compared(undecided[await deps.findMatchingHash(secret, hashes)]);
    },
  };
}

const secretsOf = ({ current, previous }: ClientSecrets): StoredSecret[] =>
  previous ? [current, previous] : [current];
