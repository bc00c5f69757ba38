import { messageOf } from '../../../shared/errors';
import { type Logger } from '../../../shared/observability/logger';
import { type Queryable } from '../../../shared/postgres/queryable';
import { type SecretSealing } from '../domain/sealed-secret';
import {
  countSealedOtherwise,
  findSealedWith,
  removeEndedSecrets,
  replaceSealed,
  type SealedColumn,
} from '../store/endpoint-secret-store';

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
