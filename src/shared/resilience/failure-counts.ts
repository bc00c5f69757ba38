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
