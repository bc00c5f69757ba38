import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { type z } from 'zod';
import { messageOf } from '../errors';
import { unknownVariables } from './unknown-variables';

const ENV_FILE = '.env';

/** An invalid environment. One line per fault, each with the name of its variable. */
export class ConfigError extends Error {
  constructor(readonly faults: readonly string[]) {
    super(faults.join('; '));
    this.name = 'ConfigError';
  }
}

/**
 * Reads configuration from environment variables, and in development from the file `.env`. An empty value counts as missing, so that
 * `NAME=` in a file selects the default.
 *
 * @throws ConfigError with all faults.
 */
export function readEnv<S extends z.ZodType>(
  schema: S,
  environment: NodeJS.ProcessEnv = ownEnvironment(),
): z.output<S> {
  const present = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const result = schema.safeParse(present);
  if (result.success) return result.data;
  // Every wrong element of a list produces the same line.
  throw new ConfigError([...new Set(result.error.issues.map((issue) => faultLine(issue, present)))]);
}

/**
 * Reads the configuration of a service. Variables with a default for development can be required in production.
 *
 * @param inProduction the variables that must be set in production, each with its schema without a default.
 * @returns the values, and `warnings`: sentences about the environment for the log.
 * @throws ConfigError with all faults.
 */
export function readServiceEnv<S extends z.ZodObject>(
  schema: S,
  inProduction: z.ZodRawShape,
  environment: NodeJS.ProcessEnv = ownEnvironment(),
): z.output<S> & { warnings: readonly string[] } {
  const isProduction = environment['NODE_ENV'] === 'production';
  const values = readEnv(isProduction ? schema.extend(inProduction) : schema, environment) as z.output<S>;
  return { ...values, warnings: unknownVariables(environment) };
}

/**
 * Reads two parts of a configuration and combines them.
 *
 * @throws ConfigError with the faults of both parts.
 */
export function readCombined<A extends object, B extends object>(first: () => A, second: () => B): A & B {
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

/**
 * The environment of this process. In development the file `.env` of the working directory first sets the variables that the environment
 * does not, so that libraries that read the environment see the same values (the AWS SDK its credentials). Production and tests are
 * configured by the environment only.
 */
function ownEnvironment(): NodeJS.ProcessEnv {
  if (['', 'development'].includes(process.env['NODE_ENV'] ?? ''))
    for (const [name, value] of Object.entries(ownEnvFile())) process.env[name] ??= value;
  return process.env;
}

function ownEnvFile(): ReturnType<typeof readEnvFile> {
  try {
    return readEnvFile(ENV_FILE);
  } catch (cause) {
    throw new ConfigError([messageOf(cause)]);
  }
}

/** Sentences about variables of this process that are probably misspelt. */
export function environmentWarnings(): readonly string[] {
  return unknownVariables(process.env);
}

/** Sets a variable that a library reads itself, unless the environment already sets it. */
export function setLibraryVariable(name: string, value: string): void {
  process.env[name] ??= value;
}

function faultLine(issue: z.core.$ZodIssue, environment: Record<string, string | undefined>): string {
  const name = String(issue.path[0] ?? 'configuration');
  const isMissing = issue.code !== 'custom' && environment[name] === undefined;
  return `${name}: ${isMissing ? 'is missing' : issue.message}`;
}

/**
 * Reads the variables of a file such as `.env`; none when the file does not exist. A byte order mark, which some editors write, is
 * ignored.
 *
 * @throws Error that names the file when it cannot be read.
 */
export function readEnvFile(path: string): Readonly<Record<string, string | undefined>> {
  const text = textOf(path);
  return text === null ? {} : parseEnv(text.replace(/^\uFEFF/, ''));
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new Error(`${path} cannot be read: ${messageOf(cause)}`, { cause });
  }
}
