import { type Options } from 'express-rate-limit';
import { type CountStore } from './fallback-store';

/** How many failures each of several keys may have within a minute. */
export interface FailureBudget {
  /** When there is room again; null while there is. */
  exhaustedUntil(keys: readonly BudgetKey[]): Promise<Date | null>;
  /** Counts one failure against each key. */
  fail(keys: readonly BudgetKey[]): Promise<void>;
}

export interface BudgetKey {
  key: string;
  /** Failures that are borne within a minute. */
  limit: number;
}

const MINUTE_MS = 60_000;

/** Counts failures in a store that can be asked without counting. */
export function failureBudget(store: CountStore): FailureBudget {
  void store.init({ windowMs: MINUTE_MS } as Options);
  return {
    async exhaustedUntil(keys) {
      const counts = await Promise.all(keys.map(async ({ key }) => store.get(key)));
      const full = counts.filter(
        (count, index) => (count?.totalHits ?? 0) >= (keys[index]?.limit ?? Infinity),
      );
      const [latest] = full
        .map((count) => count?.resetTime ?? new Date(Date.now() + MINUTE_MS))
        .sort((a, b) => b.getTime() - a.getTime());
      return latest ?? null;
    },
    async fail(keys) {
      await Promise.all(keys.map(async ({ key }) => store.increment(key)));
    },
  };
}
