import { join, resolve } from 'node:path';
import { z } from 'zod';
import { httpUrl, postgresUrl, redisUrl } from '../../src/shared/config/fragments';
import { readEnvFile } from '../../src/shared/config/read-env';
import { integerText } from '../../src/shared/contracts/integers';
import { messageOf } from '../../src/shared/errors';
import { OperatorError } from './operator-error';
import { IS_BLOCKED, isBlockedPort } from './processes/blocked-ports';

type Environment = Readonly<Record<string, string | undefined>>;

const port = (fallback: number) => integerText(1, 65_535).default(fallback);
/** The URL of a server that the scripts send requests to with `fetch`. */
const fetchUrl = httpUrl.refine(
  (value) => !URL.canParse(value) || !isBlockedPort(Number(new URL(value).port)),
  { error: ({ input }) => `the port of ${String(input)} ${IS_BLOCKED}` },
);

/** The settings that only the scripts read, described for .env.example. */
export const scriptVariables = z.object({
  INFRA: z
    .enum(['docker', 'local', 'external'], { error: 'must be docker, local or external' })
    .optional()
    .meta({
      description:
        'docker, local (without Docker) or external; empty: docker if a Docker daemon answers, otherwise local',
    }),
  LOCAL_DIR: z
    .string()
    .min(1)
    .default('.local')
    .meta({ description: 'folder for data, logs, keys and pid files of this copy of the system' }),
  POSTGRES_PORT: port(5433).meta({ description: 'port of PostgreSQL, for INFRA=local and docker' }),
  REDIS_PORT: port(6380).meta({ description: 'port of Redis, for INFRA=local and docker' }),
  SQS_PORT: port(9324).meta({ description: 'port of SQS, for INFRA=local and docker' }),
  CLIENT_ID: z.string().optional().meta({
    description:
      'client of the Order Service that scripts/dead-letters.sh and scripts/refused-events.sh use; it needs the scope ops:manage',
    example: 'demo-operator',
  }),
  CLIENT_SECRET: z.string().optional().meta({ description: 'secret of that client', example: 'demo-secret' }),
  DEMO_CLIENT_SECRET: z
    .string()
    .optional()
    .meta({ description: 'secret of demo-client, for the demo, when it is not demo-secret' }),
  DEMO_OTHER_SECRET: z
    .string()
    .optional()
    .meta({ description: 'secret of demo-other, for the demo, when it is not demo-secret' }),
});

const schema = scriptVariables.extend({
  HOST: z.string().min(1).default('127.0.0.1'),
  ORDER_SERVICE_PORT: port(3001),
  DELIVERY_SERVICE_PORT: port(3002),
});

const externalSchema = z.object({
  ORDER_DATABASE_URL: postgresUrl,
  DELIVERY_DATABASE_URL: postgresUrl,
  REDIS_URL: redisUrl,
  SQS_ENDPOINT: httpUrl,
});

export type Infra = 'docker' | 'local' | 'external';

export interface Settings {
  readonly projectFolder: string;
  /** Absolute path of the folder with data, logs, keys and pid files. */
  readonly stateFolder: string;
  /** null: docker if a Docker daemon answers, else local. */
  readonly infra: Infra | null;
  /** Address that the two services listen on. */
  readonly host: string;
  readonly ports: Readonly<Record<'orderService' | 'deliveryService' | 'postgres' | 'redis' | 'sqs', number>>;
  /** The environment with the values of `.env` added. */
  readonly environment: Environment;
  /** The environment of this process. */
  readonly ownEnvironment: Environment;
  /** The id of this copy of the system; null before its first start. */
  readonly instanceId: string | null;
  /** The running copy was started on a machine without a Redis program. */
  readonly withoutRedis: boolean;
}

export const PORT_VARIABLES = {
  orderService: 'ORDER_SERVICE_PORT',
  deliveryService: 'DELIVERY_SERVICE_PORT',
  postgres: 'POSTGRES_PORT',
  redis: 'REDIS_PORT',
  sqs: 'SQS_PORT',
} as const;

/** The URLs of external infrastructure. */
export type ExternalUrls = z.infer<typeof externalSchema>;

/**
 * Reads the environment and, for variables that are not set there, the file `.env` of the project.
 * @throws OperatorError that names every faulty variable, one line each
 */
export function readSettings(projectFolder: string, ownEnvironment: Environment = process.env): Settings {
  const environment = withoutEmpty({ ...dotEnv(projectFolder), ...ownEnvironment });
  return settingsFrom(projectFolder, environment, ownEnvironment);
}

/** The same settings, with these variables overriding the environment. */
export function withVariables(settings: Settings, variables: Environment): Settings {
  const environment = { ...settings.environment, ...variables };
  const { projectFolder, ownEnvironment, instanceId, withoutRedis } = settings;
  return { ...settingsFrom(projectFolder, environment, ownEnvironment), instanceId, withoutRedis };
}

/**
 * The variables that determine where this copy runs, with their values. Every command needs them to reach the running copy.
 */
export function whereItRuns({ infra, host, ports, environment }: Settings): Record<string, string> {
  const ofServices = ['orderService', 'deliveryService'] as const;
  const ofAll = [...ofServices, 'postgres', 'redis', 'sqs'] as const;
  const used = infra === 'external' ? ofServices : ofAll;
  return {
    ...(infra !== null && { INFRA: infra }),
    HOST: host,
    ...Object.fromEntries(used.map((name) => [PORT_VARIABLES[name], String(ports[name])])),
    QUEUE_NAME_PREFIX: environment['QUEUE_NAME_PREFIX'] ?? '',
    ...(infra === 'external' && externalUrls(environment)),
  };
}

function settingsFrom(
  projectFolder: string,
  environment: Environment,
  ownEnvironment: Environment,
): Settings {
  const values = parsed(schema, environment);
  if (values.INFRA === 'external') externalUrls(environment);
  const settings = {
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
    instanceId: null,
    withoutRedis: false,
  };
  ensurePortsDiffer(settings);
  return settings;
}

/** @throws OperatorError when two variables have the same port */
function ensurePortsDiffer(settings: Settings): void {
  const variables = Object.entries(whereItRuns(settings)).filter(([name]) => name.endsWith('_PORT'));
  for (const [index, [name, value]] of variables.entries()) {
    const [twin] = variables.slice(0, index).find(([, other]) => other === value) ?? [];
    if (twin !== undefined)
      throw new OperatorError(`${twin} and ${name} are both ${value}: set different ports.`);
  }
}

/**
 * The value of a variable with the URL of a service, without a slash at its end.
 * @throws OperatorError that names the variable when the value is no such URL
 */
export function serviceUrl(variable: string, value: string): string {
  parsed(z.object({ [variable]: fetchUrl }), { [variable]: value });
  return value.replace(/\/+$/, '');
}

/** @throws OperatorError that names every missing or faulty URL */
export function externalUrls(environment: Environment): ExternalUrls {
  return parsed(externalSchema, environment);
}

/**
 * Whether the demo clients, whose secret is public, are created in the database of the Order Service: always in that of this copy, in an
 * external one only with SEED_DEMO_CLIENTS.
 */
export function seedsDemoClients({ environment }: Settings, infra: Infra): boolean {
  return infra !== 'external' || isOn(environment['SEED_DEMO_CLIENTS']);
}

/** Whether the Order Service sends webhooks to this machine: by default, except with external infrastructure. */
export function sendsWebhooksHere({ environment }: Settings, infra: Infra): boolean {
  return isOn(environment['WEBHOOK_ALLOW_LOOPBACK'] ?? String(infra !== 'external'));
}

const isOn = (text = ''): boolean => /^(true|1|yes|on|y|enabled)$/i.test(text);

/** The settings for the queues of an external SQS. */
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
  try {
    return readEnvFile(join(projectFolder, '.env'));
  } catch (error) {
    throw new OperatorError(messageOf(error));
  }
}

/** An empty value means the default, as in the services. */
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
  throw new OperatorError('These settings are invalid:', faults);
}
