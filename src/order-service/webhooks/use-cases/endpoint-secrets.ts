import { messageOf } from '../../../shared/errors';
import { type Logger } from '../../../shared/observability/logger';
import { type Queryable } from '../../../shared/postgres/queryable';
import { type SecretSealing } from '../domain/sealed-secret';
import {
  countSealedOtherwise,
  findSealedWith,
  findTargets,
  removeEndedSecrets,
  replaceSealed,
  type SealedColumn,
} from '../store/endpoint-secret-store';

/** Where and how the events of an endpoint are sent. It stays valid while the endpoint has this version. */
export interface EndpointTarget {
  endpointId: string;
  url: string;
  version: number;
  /**
   * The current secret, and the previous one while it is valid.
   *
   * @throws Error when the keys of the configuration do not open one of them.
   */
  secretsAt: (now: Date) => Buffer[];
}

/** The targets of those of the endpoints that exist, by their ids. */
export async function readTargets(
  { db, sealing }: { db: Queryable; sealing: SecretSealing },
  endpointIds: readonly string[],
): Promise<Map<string, EndpointTarget>> {
  const targets = await findTargets(db, endpointIds);
  return new Map(
    targets.map(({ endpointId, url, version, sealedSecret, previous }) => {
      const current = once(() => sealing.open(sealedSecret, endpointId));
      const former = once(() => sealing.open(previous?.sealedSecret ?? sealedSecret, endpointId));
      const isValid = (now: Date): boolean => previous !== null && previous.until > now;
      const secretsAt = (now: Date): Buffer[] => (isValid(now) ? [current(), former()] : [current()]);
      return [endpointId, { endpointId, url, version, secretsAt }];
    }),
  );
}

function once<T>(compute: () => T): () => T {
  let value: { result: T } | undefined;
  return () => (value ??= { result: compute() }).result;
}

const AT_ONCE = 100;

/**
 * Seals the secrets of former keys with the current key, some at a time, so that a former key can be removed from the configuration. A secret
 * that cannot be opened is left as it is, and logged.
 *
 * @returns how many secrets it sealed.
 */
export async function resealSecrets(db: Queryable, sealing: SecretSealing, logger: Logger): Promise<number> {
  if (sealing.formerPrefixes.length === 0) return 0;
  let sealed = 0;
  for (const found of await findSealedWith(db, sealing.formerPrefixes, AT_ONCE)) {
    const again = sealAgain(sealing, found, logger);
    if (again && (await replaceSealed(db, found, again))) sealed += 1;
  }
  return sealed;
}

function sealAgain(
  sealing: SecretSealing,
  { endpointId, sealed }: SealedColumn,
  logger: Logger,
): Buffer | null {
  try {
    return sealing.seal(sealing.open(sealed, endpointId), endpointId);
  } catch (error) {
    logger.error('the secret of a webhook endpoint cannot be opened', {
      endpointId,
      error: messageOf(error),
    });
    return null;
  }
}

/** The number of endpoints with a secret that the current key has not sealed: while it is not 0, the former keys are needed. */
export const countFormerSecrets = (db: Queryable, { currentPrefix }: SecretSealing): Promise<number> =>
  countSealedOtherwise(db, currentPrefix);

/** Removes previous secrets that have ended. Returns how many. */
export const pruneSecrets = (db: Queryable): Promise<number> => removeEndedSecrets(db);
