import { z } from 'zod';
import {
  databaseSchema,
  databaseVariables,
  days,
  httpUrl,
  httpVariables,
  port,
  postgresUrl,
  processVariables,
  queueVariables,
  retentionVariables,
  redisUrl,
  seconds,
  tokenVariables,
} from '../shared/config/fragments';
import { type KeyRingSource } from '../shared/auth/key-ring-file';
import { readSigningKeys } from '../shared/auth/read-signing-keys';
import { readEnv, readServiceEnv, readTogether } from '../shared/config/read-env';
import { integerText } from '../shared/contracts/integers';

/** The environment variables of the Order Service, described in .env.example. */
export const orderServiceVariables = z.object({
  ...processVariables,
  ...databaseVariables,
  ...queueVariables,
  ...retentionVariables,
  ...tokenVariables,
  ...httpVariables,
  ORDER_SERVICE_PORT: port.default(3001),
  ORDER_DATABASE_URL: postgresUrl,
  DATABASE_READ_POOL_MAX: integerText(1, 500).default(4),
  /** Required in production: without Redis each process counts requests for itself, so a client gets several quotas. */
  REDIS_URL: redisUrl.optional(),
  DELIVERY_SERVICE_URL: httpUrl,
  JWT_PRIVATE_KEY: z.string().optional(),
  JWT_PRIVATE_KEY_FILE: z.string().optional(),
  JWT_EXPIRES_IN: seconds(60).default(86_400),
  DUPLICATE_WINDOW_SECONDS: seconds().default(60),
  RECONCILE_AFTER_SECONDS: seconds(1).default(60),
  RECONCILE_SWEEP_DAYS: days().default(30),
});

export type OrderServiceConfig = z.output<typeof orderServiceVariables> & {
  signingKeys: KeyRingSource;
  /** Sentences about the environment, for the log. */
  warnings: readonly string[];
};

/** @throws ConfigError listing every variable that is wrong or missing. */
export function readOrderServiceConfig(environment?: NodeJS.ProcessEnv): OrderServiceConfig {
  return readTogether(
    () => readServiceEnv(orderServiceVariables, { JWT_ISSUER: httpUrl, REDIS_URL: redisUrl }, environment),
    () => {
      const keys = orderServiceVariables.pick({ JWT_PRIVATE_KEY: true, JWT_PRIVATE_KEY_FILE: true });
      const { JWT_PRIVATE_KEY: pem, JWT_PRIVATE_KEY_FILE: file } = readEnv(keys, environment);
      return { signingKeys: readSigningKeys({ variable: 'JWT_PRIVATE_KEY', pem, file }) };
    },
  );
}

/** The variables of the migration step; ORDER_DATABASE_MIGRATION_URL goes past a connection pooler. */
export const orderMigrationVariables = z
  .object({
    NODE_ENV: processVariables.NODE_ENV,
    ORDER_DATABASE_URL: postgresUrl,
    ORDER_DATABASE_MIGRATION_URL: postgresUrl.optional(),
    DATABASE_SCHEMA: databaseSchema,
    SEED_DEMO_CLIENTS: z.stringbool().default(false),
  })
  .refine((variables) => variables.NODE_ENV !== 'production' || !variables.SEED_DEMO_CLIENTS, {
    path: ['SEED_DEMO_CLIENTS'],
    message: 'must not be set in production: everybody knows the secret of the demo clients',
  })
  .refine(({ SEED_DEMO_CLIENTS: isSeeded, ...urls }) => !isSeeded || databaseHosts(urls).every(isNearby), {
    path: ['SEED_DEMO_CLIENTS'],
    message:
      'must not be set for a database on another machine, or without a host in its URL: everybody knows the secret of the demo clients',
  });

/** Where the URLs lead, as `pg` reads them: the last parameter `host`, which may be the folder of a socket, comes before the host of the URL. */
function databaseHosts(urls: {
  ORDER_DATABASE_URL: string;
  ORDER_DATABASE_MIGRATION_URL?: string | undefined;
}): string[] {
  const both = [urls.ORDER_DATABASE_URL, urls.ORDER_DATABASE_MIGRATION_URL].filter(
    (url) => url !== undefined,
  );
  return both
    .map((url) => new URL(url))
    .map(({ hostname, searchParams }) => searchParams.getAll('host').at(-1) ?? hostname);
}

/**
 * On this machine, or under a name of one word, as the containers of Docker Compose have. Without a host the connection would lead where
 * PGHOST says.
 */
const isNearby = (host: string): boolean => /^(\/.*|127(\.\d+){3}|\[?::1\]?|[^.:/]+)$/.test(host);
