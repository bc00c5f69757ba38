import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { type z } from 'zod';
import { messageOf } from '../errors';
import { unknownVariables } from './unknown-variables';

/**
 * The variables of a file such as `.env`; none when there is no such file. A byte order mark, which some editors write, does not count.
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

const ENV_FILE = '.env';

/** The environment does not describe a service that could run. One line per fault, each naming its variable. */
export class ConfigError extends Error {
  constructor(readonly faults: readonly string[]) {
    super(faults.join('; '));
    this.name = 'ConfigError';
  }
}

/**
 * Reads configuration from environment variables, and in development from the file `.env`. Empty counts as missing, so that `NAME=` in a file means the default.
 *
 * @throws ConfigError with every fault at once.
 */
export function readEnv<S extends z.ZodType>(
  schema: S,
  environment: NodeJS.ProcessEnv = ownEnvironment(),
): z.output<S> {
  const present = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const result = schema.safeParse(present);
  if (result.success) return result.data;
  // Every wrong element of a list makes the same line.
  throw new ConfigError([...new Set(result.error.issues.map((issue) => faultLine(issue, present)))]);
}

/**
 * Reads the configuration of a service. What has a default for development can be required in production.
 *
 * @param inProduction the variables that must be set there, each with its schema without a default.
 * @returns the values, and `warnings`: sentences about the environment for the log.
 * @throws ConfigError with every fault at once.
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

/**
 * The environment of this process. In development the file `.env` of the working directory is loaded into it first, for what it leaves
 * open, so that libraries which read it themselves find the same (the AWS SDK its credentials). Production and tests are configured by
 * their environment alone.
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

/** Sets a variable that a library reads by itself, unless the environment sets it already. */
export function setLibraryVariable(name: string, value: string): void {
  process.env[name] ??= value;
}

function faultLine(issue: z.core.$ZodIssue, environment: Record<string, string | undefined>): string {
  const name = String(issue.path[0] ?? 'configuration');
  const isMissing = issue.code !== 'custom' && environment[name] === undefined;
  return `${name}: ${isMissing ? 'is missing' : issue.message}`;
}
