import { LRUCache } from 'lru-cache';
import { FailureMemory, type BudgetKey, type FailureCounts } from './failure-counts';

/** How many failures each of several keys may have within a minute. */
export interface FailureBudget {
  /** When there is room again, as far as this process knows; null while there is. Costs nothing. */
  exhaustedUntil(keys: readonly BudgetKey[]): Date | null;
  /** Lets an attempt begin, which must then be settled. */
  reserve(keys: readonly BudgetKey[]): Promise<Reservation>;
}

export type Reservation =
  | { kind: 'reserved'; settle: (hasFailed: boolean) => Promise<void> }
  /** Attempts that run could use up what is left; try again when they have ended. */
  | { kind: 'busy' }
  | { kind: 'exhausted'; until: Date };

/**
 * Counts everything in the memory of this process, and in the shared counts as well while these can be read and written. An attempt must
 * be let in by both, so what was counted in either place while the other was away is not forgotten when it is back.
 *
 * @param shared null where there is none: each process then counts for itself.
 */
export function failureBudget(shared: FailureCounts | null): FailureBudget {
  const memory = new FailureMemory();
  /** What the shared counts refused, so that they are not asked again for every guess of a flood. */
  const refused = new LRUCache<string, Date>({ max: MAX_REFUSALS });

  async function reserveShared(keys: readonly BudgetKey[]) {
    if (shared === null) return 'away' as const;
    try {
      return await shared.reserve(keys);
    } catch {
      return 'away' as const;
    }
  }

  function exhaustedUntil(keys: readonly BudgetKey[]): Date | null {
    const until = refused.get(nameOf(keys));
    return until && until.getTime() > Date.now() ? until : memory.exhaustedUntil(keys);
  }

  return {
    exhaustedUntil,
    async reserve(keys) {
      const until = exhaustedUntil(keys);
      if (until) return { kind: 'exhausted', until };
      const own = memory.reserve(keys);
      if (own === 'busy') return { kind: 'busy' };
      if (own !== 'reserved') return { kind: 'exhausted', until: own.exhaustedUntil };
      const inShared = await reserveShared(keys);
      if (inShared === 'reserved' || inShared === 'away') {
        return {
          kind: 'reserved',
          async settle(hasFailed) {
            memory.settle(keys, hasFailed);
            if (inShared === 'reserved') await shared?.settle(keys, hasFailed).catch(() => undefined);
          },
        };
      }
      memory.settle(keys, false);
      if (inShared === 'busy') return { kind: 'busy' };
      refused.set(nameOf(keys), inShared.exhaustedUntil);
      return { kind: 'exhausted', until: inShared.exhaustedUntil };
    },
  };
}

const MAX_REFUSALS = 10_000;

const nameOf = (keys: readonly BudgetKey[]): string => JSON.stringify(keys.map(({ key }) => key));
