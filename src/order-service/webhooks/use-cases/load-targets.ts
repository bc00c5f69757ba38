import { type Queryable } from '../../../shared/postgres/queryable';
import { type SecretSealing } from '../domain/sealed-secret';
import { findTargets, type StoredTarget } from '../store/target-store';

/** Where an endpoint is sent events, and with which secrets they are signed. */
export interface Target {
  endpointId: string;
  clientId: string;
  version: number;
  url: string;
  secret: Buffer;
  previous: { secret: Buffer; until: Date } | null;
}

/** The targets of endpoints by id; deleted endpoints are absent, and one whose secret cannot be opened is the error. */
export async function loadTargets(
  db: Queryable,
  sealing: Pick<SecretSealing, 'open'>,
  endpointIds: readonly string[],
): Promise<Map<string, Target | Error>> {
  const targets = await findTargets(db, endpointIds);
  return new Map(targets.map((target) => [target.endpointId, openedOrFault(target, sealing)]));
}

function openedOrFault(target: StoredTarget, sealing: Pick<SecretSealing, 'open'>): Target | Error {
  try {
    return opened(target, sealing);
  } catch (cause) {
    return new Error('the secret of the endpoint cannot be opened', { cause });
  }
}

function opened(target: StoredTarget, sealing: Pick<SecretSealing, 'open'>): Target {
  const {
    endpointId,
    clientId,
    version,
    url,
    sealedSecret,
    previousSealedSecret,
    previousSecretUntil: until,
  } = target;
  const hasPrevious = previousSealedSecret !== null && until !== null && until > new Date();
  return {
    endpointId,
    clientId,
    version,
    url,
    secret: sealing.open(sealedSecret, endpointId),
    previous: hasPrevious ? { secret: sealing.open(previousSealedSecret, endpointId), until } : null,
  };
}

/** The secrets that sign a request at a time. */
export const secretsAt = ({ secret, previous }: Target, at: Date): Buffer[] =>
  previous && previous.until > at ? [secret, previous.secret] : [secret];
