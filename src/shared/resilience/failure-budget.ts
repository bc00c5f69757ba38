import { LRUCache } from 'lru-cache';

/** A key that failures are counted against, and the maximum number of failures per minute. */
export interface BudgetKey {
  key: string;
  limit: number;
}

/** The result of a reservation; `busy` means that running attempts could use up the rest of the limit. */
export type Reserved = 'reserved' | 'busy' | { exhaustedUntil: Date };

/**
 * Counts of failures within a minute, and of running attempts, which may still fail. An attempt is accepted only while failures and
 * running attempts together are below the limit of each of its keys, so that simultaneous attempts cannot exceed it.
 */
export interface FailureCounts {
  /** Reserves one failure of each key; changes nothing unless the result is `reserved`. */
  reserve(keys: readonly BudgetKey[]): Promise<Reserved>;
  /** Ends an accepted attempt. */
  settle(keys: readonly BudgetKey[], hasFailed: boolean): Promise<void>;
  /** Counts an attempt that has ended already, in one step; changes nothing unless the result is `reserved` and the attempt has failed. */
  count(keys: readonly BudgetKey[], hasFailed: boolean): Promise<Reserved>;
}

export const MINUTE_MS = 60_000;

interface Count {
  failures: number;
  /** When the failures expire, in milliseconds since 1970. */
  until: number;
  running: number;
}

const MAX_KEYS = 100_000;

const MAX_REFUSALS = 10_000;

/** Counts in the memory of this process. */
export class FailureMemory {
  private readonly counts = new LRUCache<string, Count>({ max: MAX_KEYS });

  reserve(keys: readonly BudgetKey[]): Reserved {
    const until = this.exhaustedUntil(keys);
    if (until) return { exhaustedUntil: until };
    if (this.isBusy(keys)) return 'busy';
    for (const { key } of keys) this.change(key, (count) => ({ ...count, running: count.running + 1 }));
    return 'reserved';
  }

  /** Whether running attempts could use up the rest of a limit. */
  isBusy(keys: readonly BudgetKey[]): boolean {
    return keys.some(({ key, limit }) => {
      const { failures, running } = this.countOf(key);
      return failures + running >= limit;
    });
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

  /** When every key is below its limit again; null when it already is. */
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

/** Limits the failures of each of several keys within a minute. */
export interface FailureBudget {
  /** When the keys are below their limits again, as far as this process knows; null when they are now. Makes no call. */
  exhaustedUntil(keys: readonly BudgetKey[]): Date | null;
  /** Starts an attempt, which must then be settled. */
  reserve(keys: readonly BudgetKey[]): Promise<Reservation>;
  /**
   * Counts an attempt that cost next to nothing and has ended already. Its result must be shown only when it is `counted`, also when it has
   * not failed: otherwise more attempts than the limit could be made at once.
   */
  count(keys: readonly BudgetKey[], hasFailed: boolean): Promise<{ kind: 'counted' } | Refusal>;
}

export type Reservation = { kind: 'reserved'; settle: (hasFailed: boolean) => Promise<void> } | Refusal;

export type Refusal =
  /** Running attempts could use up the rest of the limit; try again when they have ended. */
  { kind: 'busy' } | { kind: 'exhausted'; until: Date };

/**
 * Counts everything in the memory of this process, and also in the shared counts while these can be read and written. Both must accept an
 * attempt, so that failures counted in one place while the other was unavailable still count afterwards.
 *
 * @param shared null for no shared counts: each process then counts alone.
 */
export function failureBudget(shared: FailureCounts | null): FailureBudget {
  const memory = new FailureMemory();
  /** Refusals by the shared counts, so that a flood of guesses does not query them for each guess. */
  const refused = new LRUCache<string, Date>({ max: MAX_REFUSALS });

  async function askShared(ask: (counts: FailureCounts) => Promise<Reserved>) {
    if (shared === null) return 'unavailable' as const;
    try {
      return await ask(shared);
    } catch {
      return 'unavailable' as const;
    }
  }

  function exhaustedUntil(keys: readonly BudgetKey[]): Date | null {
    const until = refused.get(cacheKeyOf(keys));
    return until && until.getTime() > Date.now() ? until : memory.exhaustedUntil(keys);
  }

  function refuse(keys: readonly BudgetKey[], inShared: 'busy' | { exhaustedUntil: Date }): Refusal {
    if (inShared === 'busy') return { kind: 'busy' };
    refused.set(cacheKeyOf(keys), inShared.exhaustedUntil);
    return { kind: 'exhausted', until: inShared.exhaustedUntil };
  }

  return {
    exhaustedUntil,
    async reserve(keys) {
      const until = exhaustedUntil(keys);
      if (until) return { kind: 'exhausted', until };
      if (memory.reserve(keys) !== 'reserved') return { kind: 'busy' };
      const inShared = await askShared((counts) => counts.reserve(keys));
      if (inShared === 'reserved' || inShared === 'unavailable') {
        return {
          kind: 'reserved',
          async settle(hasFailed) {
            memory.settle(keys, hasFailed);
            if (inShared === 'reserved') await shared?.settle(keys, hasFailed).catch(() => undefined);
          },
        };
      }
      memory.settle(keys, false);
      return refuse(keys, inShared);
    },
    async count(keys, hasFailed) {
      const until = exhaustedUntil(keys);
      if (until) return { kind: 'exhausted', until };
      if (memory.isBusy(keys)) return { kind: 'busy' };
      if (hasFailed) memory.reserve(keys);
      const inShared = await askShared((counts) => counts.count(keys, hasFailed));
      const isCounted = inShared === 'reserved' || inShared === 'unavailable';
      if (hasFailed) memory.settle(keys, isCounted);
      return isCounted ? { kind: 'counted' } : refuse(keys, inShared);
    },
  };
}

const cacheKeyOf = (keys: readonly BudgetKey[]): string => JSON.stringify(keys.map(({ key }) => key));
