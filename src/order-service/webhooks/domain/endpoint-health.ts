import { type SettledDelivery } from './delivery';
import { GONE } from './settle-attempt';

/** So many failures in a row pause the endpoint. */
export const PAUSE_AFTER_FAILURES = 10;

/**
 * A pause lasts as long as the endpoint has been failing, within these limits, in seconds. After it, one attempt at a time tests the
 * endpoint.
 */
export const PAUSE_SECONDS = { least: 5, most: 300 };

/** An endpoint that has failed for so many days, without one success, is disabled. */
export const DISABLE_AFTER_DAYS = 5;

/** The consequence of several attempts for the state of their endpoint. */
export interface HealthChange {
  endpointId: string;
  /** The version of the endpoint for which the attempts were made. */
  endpointVersion: number;
  hasSucceeded: boolean;
  /** The failures after the last success. */
  failures: number;
  isGone: boolean;
}

/** An endpoint that has to be disabled. */
export interface FailedEndpoint {
  endpointId: string;
  reason: 'gone' | 'failing';
  /** The first version of the endpoint for which its failures count. */
  healthVersion: number;
}

/**
 * Sums up attempts by endpoint, in the order in which they ended. Only those for the latest version of the endpoint among them count. Endpoints
 * whose state stays the same, because they succeed as before, are left out.
 */
export function healthChanges(settled: readonly SettledDelivery[]): HealthChange[] {
  const changes = new Map<string, HealthChange>();
  for (const attempt of settled) {
    const { endpointId, endpointVersion, outcome, isEndpointFailing } = attempt;
    const known = changes.get(endpointId);
    if (outcome === 'returned' || (known && known.endpointVersion > endpointVersion)) continue;
    const before = known?.endpointVersion === endpointVersion ? known : undefined;
    if (outcome === 'succeeded' && !known && !isEndpointFailing) continue;
    changes.set(endpointId, changedBy(attempt, before));
  }
  return [...changes.values()].sort((a, b) => (a.endpointId < b.endpointId ? -1 : 1));
}

function changedBy(
  { endpointId, endpointVersion, outcome, httpStatus }: SettledDelivery,
  before: HealthChange | undefined,
): HealthChange {
  const { hasSucceeded = false, failures = 0, isGone = false } = before ?? {};
  return outcome === 'succeeded'
    ? { endpointId, endpointVersion, hasSucceeded: true, failures: 0, isGone }
    : {
        endpointId,
        endpointVersion,
        hasSucceeded,
        failures: failures + 1,
        isGone: isGone || httpStatus === GONE,
      };
}
