import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { z } from 'zod';
import { integerText } from '../../src/shared/contracts/integers';
import { OperatorError } from './operator-error';

type Environment = Readonly<Record<string, string | undefined>>;

const port = (fallback: number) => integerText(1, 65_535).default(fallback);
const url = (...protocols: string[]) =>
  z.url({
    protocol: new RegExp(`^(${protocols.join('|')})$`),
    error: `must be a ${protocols.join(':// or ')}:// URL`,
  });

const schema = z.object({
  INFRA: z.enum(['docker', 'local', 'external']).optional(),
  LOCAL_DIR: z.string().min(1).default('.local'),
  HOST: z.string().min(1).default('127.0.0.1'),
  ORDER_SERVICE_PORT: port(3001),
  DELIVERY_SERVICE_PORT: port(3002),
  POSTGRES_PORT: port(5433),
  REDIS_PORT: port(6380),
  SQS_PORT: port(9324),
});

const externalSchema = z.object({
  ORDER_DATABASE_URL: url('postgresql', 'postgres'),
  DELIVERY_DATABASE_URL: url('postgresql', 'postgres'),
  REDIS_URL: url('redis', 'rediss'),
  SQS_ENDPOINT: url('http', 'https'),
});

export type Infra = 'docker' | 'local' | 'external';

export interface Settings {
  readonly projectFolder: string;
  /** Everything that this copy of the system keeps: data, logs, keys, pid files. Absolute. */
  readonly stateFolder: string;
  /** null: docker if a daemon answers, else local. */
  readonly infra: Infra | null;
  /** Address that the two services listen on. */
  readonly host: string;
  readonly ports: Readonly<Record<'orderService' | 'deliveryService' | 'postgres' | 'redis' | 'sqs', number>>;
  /** The environment with the values of `.env` added: what the operator says to the services. */
  readonly environment: Environment;
  /** The environment as this process found it. */
  readonly ownEnvironment: Environment;
}

/** Where infrastructure is that somebody else runs. */
export type ExternalUrls = z.infer<typeof externalSchema>;

/**
 * Reads the environment and, for what that leaves open, the file `.env` of the project.
 * @throws OperatorError that names every faulty variable, one line each
 */
export function readSettings(projectFolder: string, ownEnvironment: Environment = process.env): Settings {
  const environment = withoutEmpty({ ...dotEnv(projectFolder), ...ownEnvironment });
  const values = parsed(schema, environment);
  if (values.INFRA === 'external') externalUrls(environment);
  return {
    projectFolder,
    stateFolder: resolve(projectFolder, values.LOCAL_DIR),
    infra: values.INFRA ?? null,
    host: values.HOST,
    ports: {
      orderService: values.ORDER_SERVICE_PORT,
      deliveryService: values.DELIVERY_SERVICE_PORT,
      postgres: values.POSTGRES_PORT,
      redis: values.REDIS_PORT,
      sqs: values.SQS_PORT,
    },
    environment,
    ownEnvironment,
  };
}

/** @throws OperatorError that names every missing or faulty URL */
export function externalUrls(environment: Environment): ExternalUrls {
  return parsed(externalSchema, environment);
}

/**
 * Whether the database of the Order Service gets the demo clients, whose secret everybody knows: ours always, one of somebody else only
 * when the operator says so.
 */
export function seedsDemoClients({ environment }: Settings, infra: Infra): boolean {
  return infra !== 'external' || /^(true|1|yes|on|y|enabled)$/i.test(environment['SEED_DEMO_CLIENTS'] ?? '');
}

/** What is needed to reach the queues of an SQS that is not ours. */
export function readQueueSettings(environment: Environment = process.env): {
  endpoint: string | undefined;
  region: string;
  prefix: string;
} {
  return {
    endpoint: environment['SQS_ENDPOINT'],
    region: environment['AWS_REGION'] ?? 'us-east-1',
    prefix: environment['QUEUE_NAME_PREFIX'] ?? '',
  };
}

function dotEnv(projectFolder: string): Environment {
  const file = join(projectFolder, '.env');
  return existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {};
}

/** `NAME=` means the default, as it does for the services. */
function withoutEmpty(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
}

function parsed<T>(settingsSchema: z.ZodType<T>, environment: Environment): T {
  const result = settingsSchema.safeParse(environment);
  if (result.success) return result.data;
  const faults = result.error.issues.map(({ path, message }) => {
    const name = path.join('.');
    return `${name}: ${environment[name] === undefined ? 'is missing' : message}`;
  });
  throw new OperatorError('These settings are wrong:', faults);
}
