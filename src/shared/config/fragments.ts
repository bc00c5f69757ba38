import { z } from 'zod';
import { integerText } from '../contracts/integers';
import { VISIBILITY_TIMEOUT_SECONDS } from '../contracts/queues';

/** A TCP port to listen on; 0 lets the operating system choose. */
export const port = integerText(0, 65_535);
export const milliseconds = (min = 0, max = 86_400_000) => integerText(min, max);
export const seconds = (min = 0, max = 31_536_000) => integerText(min, max);
export const days = (min = 1, max = 3_650) => integerText(min, max);
/** A fraction from 0 to 1, as a decimal number. */
export const share = z
  .string()
  .regex(/^(?:0?\.\d+|0|1(?:\.0+)?)$/, 'must be a decimal number from 0 to 1')
  .transform(Number);
export const httpUrl = z.url({ protocol: /^https?$/, message: 'must be an http(s) URL' });
export const postgresUrl = z.url({ protocol: /^postgres(ql)?$/, message: 'must be a postgresql:// URL' });
export const redisUrl = z.url({ protocol: /^rediss?$/, message: 'must be a redis:// or rediss:// URL' });

/** Values separated by commas; spaces around them are ignored. */
export const listOf = (element: z.ZodType<string, string>) =>
  z
    .string()
    .transform((list) => list.split(',').map((value) => value.trim()))
    .pipe(z.array(element));

const proxy = z.union(
  [z.enum(['loopback', 'linklocal', 'uniquelocal']), z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()],
  'must be IP addresses, CIDR ranges, loopback, linklocal or uniquelocal, separated by commas',
);

const origin = z
  .string()
  .refine(isOrigin, 'must be origins such as https://shop.example, separated by commas');

function isOrigin(value: string): boolean {
  try {
    return new URL(value).origin === value && value !== 'null';
  } catch {
    return false;
  }
}

/** Variables of every service: its process, log and HTTP address. */
export const processVariables = {
  NODE_ENV: z
    .enum(['development', 'test', 'production'])
    .default('development')
    .meta({ description: 'development, test or production' }),
  LOG_LEVEL: z
    .enum(['error', 'warn', 'info', 'debug'])
    .default('info')
    .meta({ description: 'error, warn, info or debug' }),
  HOST: z
    .string()
    .default('127.0.0.1')
    .meta({ description: 'address that both services listen on; 0.0.0.0 is every address of this machine' }),
  SHUTDOWN_TIMEOUT_MS: milliseconds(100, 120_000).default(10_000).meta({
    description:
      'milliseconds that each part of a service (HTTP server, relay, each consumer, …) may take to finish its current work when it is stopped',
  }),
  WEB_CONCURRENCY: integerText(1, 64).default(1).meta({
    description: 'processes of each service, for machines with more cores; each has its own pools and loops',
  }),
  INSTANCE_ID: z
    .string()
    .regex(/^[\w.:-]{1,100}$/, 'must be at most 100 letters, digits, or _ . : -')
    .optional()
    .meta({
      description:
        'shown as instance_id by the health operations, to tell installations apart; scripts/manage-system.sh sets it',
    }),
  CRASH_POINT: z.string().optional().meta({
    description: 'the place in the code where the process ends itself, for tests; refused in production',
  }),
};

/** The schema of the tables, independent of the role's search path. */
export const databaseSchema = z
  .string()
  .regex(
    /^(?!pg_)[a-z_][a-z0-9_]{0,62}$/,
    'must be lower case letters, digits and underscores, and must not begin with pg_',
  )
  .default('public')
  .meta({ description: 'schema of the tables in both databases; the search path of the role is not used' });

/** Limits of the database pool. */
export const databaseVariables = {
  DATABASE_POOL_MAX: integerText(1, 500)
    .default(20)
    .meta({ description: 'maximum number of connections of a service to its database' }),
  DATABASE_CONNECT_TIMEOUT_MS: milliseconds(50, 60_000).default(900).meta({
    description:
      'milliseconds to wait for a connection to the database; also how long a list or export waits for the other ones of its client',
  }),
  DATABASE_QUERY_TIMEOUT_MS: milliseconds(50, 60_000).default(1_000).meta({
    description:
      'milliseconds for one statement, and for all statements of a list or of a page of an export together',
  }),
  DATABASE_PREPARED_STATEMENTS: z
    .stringbool()
    .default(true)
    .meta({
      description:
        'whether frequent statements are prepared. PgBouncer supports that with max_prepared_statements above 0 (version 1.21 or later); ' +
        'otherwise they are not prepared, and the service logs a warning, which false prevents. Set false behind RDS Proxy',
    }),
  DATABASE_SCHEMA: databaseSchema,
};

/** Access to the queues. Without an endpoint the AWS SDK finds SQS and its credentials itself. */
export const queueVariables = {
  AWS_REGION: z.string().min(1).default('us-east-1').meta({ description: 'region of the queues' }),
  SQS_ENDPOINT: httpUrl.optional().meta({
    description: 'address of an SQS emulator; empty: SQS of AWS',
    example: 'http://127.0.0.1:9324',
  }),
  QUEUE_NAME_PREFIX: z
    .string()
    .regex(/^[A-Za-z0-9_-]{0,40}$/, 'must be at most 40 letters, digits, hyphens or underscores')
    .default('')
    .meta({ description: 'prefix of the name of every queue, so that several systems can share an account' }),
  QUEUE_CONSUMER_POLLERS: integerText(1, 32)
    .default(4)
    .meta({ description: 'receive calls that a service keeps open on its queue' }),
  /** At least 5: a heartbeat comes every third of it, and may take 3 s with its repeat. */
  QUEUE_VISIBILITY_TIMEOUT_SECONDS: seconds(5, 43_200)
    .default(VISIBILITY_TIMEOUT_SECONDS)
    .meta({
      description:
        'seconds for which a received message is hidden from other consumers; extended while it is handled, so this is how long the ' +
        'messages of a killed process wait',
    }),
};

/** Read by the AWS SDK itself. */
export const libraryVariables = z.object({
  AWS_ACCESS_KEY_ID: z.string().optional().meta({
    description: 'access key of the queues; empty: the AWS SDK finds credentials by itself',
    example: 'local',
  }),
  AWS_SECRET_ACCESS_KEY: z
    .string()
    .optional()
    .meta({ description: 'secret of that access key', example: 'local' }),
});

/** How long the events of ended orders and shipments are kept. */
export const retentionVariables = {
  EVENT_RETENTION_DAYS: integerText(0, 36_500)
    .refine((days) => days === 0 || days >= 30, 'must be 0, which keeps events forever, or at least 30')
    .default(0)
    .meta({
      description:
        'days after which the events of ended orders and shipments are deleted, at least 30; 0 keeps them indefinitely (docs/SECURITY.md)',
    }),
};

/** A message stays 4 days in a queue and 14 in its dead letters, from which it can be redriven. */
export const inboxRetention = integerText(40, 36_500).default(40).meta({
  description:
    'days for which the ids of handled messages are kept, at least 40: longer than a message can be delivered again',
});

/** Values on which the issuer and the verifiers of access tokens must agree. */
export const tokenVariables = {
  JWT_ISSUER: httpUrl.default('http://localhost:3001').meta({
    description:
      'issuer of access tokens: the URL of the Order Service as clients see it (http://localhost:3001); required in production',
    example: '',
  }),
  JWT_AUDIENCE: z
    .string()
    .min(1)
    .default('order-processing-system')
    .meta({ description: 'audience of access tokens' }),
};

/** Limits of requests and connections, trusted proxies and CORS origins. */
export const httpVariables = {
  RATE_LIMIT_PER_MINUTE: integerText(0, 10_000_000)
    .default(6_000)
    .meta({
      description:
        'requests per minute and client, or per address before the client is known; 0 switches the limit off. All instances of the Order ' +
        'Service count together, in Redis; each process of the Delivery Service counts for itself',
    }),
  TRUSTED_PROXIES: listOf(proxy)
    .default([])
    .meta({
      description:
        'proxies whose X-Forwarded-For header is used: addresses, CIDR ranges, loopback, linklocal, uniquelocal, separated by commas. ' +
        'Required behind a proxy: without it all clients share the address, and so the limits, of the proxy',
    }),
  MAX_CONNECTIONS_PER_ADDRESS: integerText(0, 10_000)
    .default(1_000)
    .meta({
      description:
        'maximum number of connections of one address (for IPv6, one /56 network) to each process; 0 means no limit. Proxies in ' +
        'TRUSTED_PROXIES have no limit, so the proxy must limit its own clients (nginx: limit_conn)',
    }),
  CORS_ORIGINS: listOf(origin).default([]).meta({
    description: 'origins whose pages may call the API from a browser, separated by commas',
  }),
};
