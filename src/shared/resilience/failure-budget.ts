import { LRUCache } from 'lru-cache';

/** What failures are counted against, and how many of them there may be in a minute. */
export interface BudgetKey {
  key: string;
  limit: number;
}

/** What became of an attempt to reserve: `busy` while attempts that run could use up what is left. */
export type Reserved = 'reserved' | 'busy' | { exhaustedUntil: Date };

/**
 * Counts of failures within a minute, and of attempts that run and may yet fail. An attempt is let in only while failures and running
 * attempts together are below the limit of each of its keys, so that no number of attempts at once gets past it.
 */
export interface FailureCounts {
  /** Reserves one failure of each key; nothing is changed unless the answer is `reserved`. */
  reserve(keys: readonly BudgetKey[]): Promise<Reserved>;
  /** Ends an attempt that was let in. */
  settle(keys: readonly BudgetKey[], hasFailed: boolean): Promise<void>;
}

export const MINUTE_MS = 60_000;

interface Count {
  failures: number;
  /** When the failures are forgotten, in milliseconds since 1970. */
  until: number;
  running: number;
}

const MAX_KEYS = 100_000;

/** Counts in the memory of this process. */
export class FailureMemory {
  private readonly counts = new LRUCache<string, Count>({ max: MAX_KEYS });

  reserve(keys: readonly BudgetKey[]): Reserved {
    const until = this.exhaustedUntil(keys);
    if (until) return { exhaustedUntil: until };
    const isBusy = keys.some(({ key, limit }) => {
      const { failures, running } = this.countOf(key);
      return failures + running >= limit;
    });
    if (isBusy) return 'busy';
    for (const { key } of keys) this.change(key, (count) => ({ ...count, running: count.running + 1 }));
    return 'reserved';
  }

  settle(keys: readonly BudgetKey[], hasFailed: boolean): void {
    for (const { key } of keys) {
      this.change(key, ({ failures, until, running }) => ({
        running: Math.max(0, running - 1),
        failures: failures + (hasFailed ? 1 : 0),
        until: failures === 0 ? Date.now() + MINUTE_MS : until,
      }));
    }
  }

  /** When every key has room again; null while it has. */
  exhaustedUntil(keys: readonly BudgetKey[]): Date | null {
    const full = keys.filter(({ key, limit }) => this.countOf(key).failures >= limit);
    return full.length === 0 ? null : new Date(Math.max(...full.map(({ key }) => this.countOf(key).until)));
  }

  private countOf(key: string): Count {
    const count = this.counts.get(key) ?? { failures: 0, until: 0, running: 0 };
    return count.until > Date.now() ? count : { ...count, failures: 0 };
  }

  private change(key: string, next: (count: Count) => Count): void {
    const count = next(this.countOf(key));
    if (count.failures === 0 && count.running === 0) this.counts.delete(key);
    else this.counts.set(key, count);
  }
}

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
