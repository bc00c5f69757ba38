import { type MigrationOptions } from './migration-options';

/** Reports a line unless the last one, or the start, was less than `reportEveryMs` ago; the line is given the seconds since the start. */
export type Reporter = (line: (seconds: number) => string) => void;

export function reporter({ report, reportEveryMs }: MigrationOptions): Reporter {
  const startedAt = Date.now();
  let dueAt = startedAt + reportEveryMs;
  return (line) => {
    if (Date.now() < dueAt) return;
    dueAt = Date.now() + reportEveryMs;
    report(line(secondsSince(startedAt)));
  };
}

/** Whole seconds. */
export const secondsSince = (startedAt: number): number => Math.round((Date.now() - startedAt) / 1_000);
