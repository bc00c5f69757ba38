import { type z } from 'zod';

/** The environment does not describe a service that could run. One line per fault, each naming its variable. */
export class ConfigError extends Error {
  constructor(readonly faults: readonly string[]) {
    super(faults.join('; '));
    this.name = 'ConfigError';
  }
}

/**
 * Reads configuration from environment variables. Empty counts as missing, so that `NAME=` in a file means the default.
 *
 * @throws ConfigError with every fault at once.
 */
export function readEnv<S extends z.ZodType>(
  schema: S,
  environment: NodeJS.ProcessEnv = process.env,
): z.output<S> {
  const present = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const result = schema.safeParse(present);
  if (result.success) return result.data;
  // Every wrong element of a list makes the same line.
  throw new ConfigError([...new Set(result.error.issues.map((issue) => faultLine(issue, present)))]);
}

/**
 * Reads parts of a configuration one by one and puts them together.
 *
 * @throws ConfigError with the faults of all parts.
 */
export function readTogether<A extends object, B extends object>(first: () => A, second: () => B): A & B {
  const faults: string[] = [];
  const attempt = <T>(read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      faults.push(...error.faults);
      return undefined;
    }
  };
  const [a, b] = [attempt(first), attempt(second)];
  if (a === undefined || b === undefined) throw new ConfigError(faults);
  return { ...a, ...b };
}

function faultLine(issue: z.core.$ZodIssue, environment: Record<string, string | undefined>): string {
  const name = String(issue.path[0] ?? 'configuration');
  const isMissing = issue.code !== 'custom' && environment[name] === undefined;
  return `${name}: ${isMissing ? 'is missing' : issue.message}`;
}
