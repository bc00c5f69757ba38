import { z } from 'zod';
import { integerText } from '../contracts/integers';

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
const listOf = (element: z.ZodType<string, string>) =>
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
  NODE_ENV: z.enum(['development', 'test', 'production']).default('development'),
  LOG_LEVEL: z.enum(['error', 'warn', 'info', 'debug']).default('info'),
  HOST: z.string().default('127.0.0.1'),
  SHUTDOWN_TIMEOUT_MS: milliseconds(100, 120_000).default(10_000),
  WEB_CONCURRENCY: integerText(1, 64).default(1),
  INSTANCE_ID: z
    .string()
    .regex(/^[\w.:-]{1,100}$/, 'must be at most 100 letters, digits, or _ . : -')
    .optional(),
  CRASH_POINT: z.string().optional(),
};

/** The schema of the tables, independent of the role's search path. */
export const databaseSchema = z
  .string()
  .regex(
    /^(?!pg_)[a-z_][a-z0-9_]{0,62}$/,
    'must be lower case letters, digits and underscores, and must not begin with pg_',
  )
  .default('public');

/** Limits of the database pool. */
export const databaseVariables = {
  DATABASE_SCHEMA: databaseSchema,
  DATABASE_POOL_MAX: integerText(1, 500).default(20),
  DATABASE_CONNECT_TIMEOUT_MS: milliseconds(50, 60_000).default(900),
  DATABASE_QUERY_TIMEOUT_MS: milliseconds(50, 60_000).default(1_000),
  DATABASE_PREPARED_STATEMENTS: z.stringbool().default(true),
};

/** Access to the queues. Without an endpoint the AWS SDK finds SQS and its credentials itself. */
export const queueVariables = {
  AWS_REGION: z.string().min(1).default('us-east-1'),
  SQS_ENDPOINT: httpUrl.optional(),
  QUEUE_NAME_PREFIX: z
    .string()
    .regex(/^[A-Za-z0-9_-]{0,40}$/, 'must be at most 40 letters, digits, hyphens or underscores')
    .default(''),
  QUEUE_CONSUMER_POLLERS: integerText(1, 32).default(4),
};

/** How long the events of ended orders and shipments are kept, in days. */
export const retentionVariables = {
  EVENT_RETENTION_DAYS: integerText(0, 36_500)
    .refine((days) => days === 0 || days >= 30, 'must be 0, which keeps events for ever, or at least 30')
    .default(0),
};

/** In days: a message stays 4 in a queue and 14 in its dead letters, from which it can be redriven. */
export const inboxRetention = integerText(40, 36_500).default(40);

/** Values on which the issuer and the verifiers of access tokens must agree. */
export const tokenVariables = {
  JWT_ISSUER: httpUrl.default('http://localhost:3001'),
  JWT_AUDIENCE: z.string().min(1).default('order-processing-system'),
};

/** Limits of requests and connections, trusted proxies and CORS origins. */
export const httpVariables = {
  RATE_LIMIT_PER_MINUTE: integerText(0, 10_000_000).default(6_000),
  TRUSTED_PROXIES: listOf(proxy).default([]),
  MAX_CONNECTIONS_PER_ADDRESS: integerText(0, 10_000).default(1_000),
  CORS_ORIGINS: listOf(origin).default([]),
};
