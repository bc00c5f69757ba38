import { z } from 'zod';
import {
  databaseSchema,
  httpVariables,
  port,
  postgresUrl,
  processVariables,
} from '../shared/config/fragments';

/** The environment variables of the process and its HTTP server. */
export const processSettings = {
  ...processVariables,
  ...httpVariables,
  ORDER_SERVICE_PORT: port.default(3001).meta({ description: 'port of the Order Service' }),
};

/** The variables of the migration step; ORDER_DATABASE_MIGRATION_URL bypasses a connection pooler. */
export const orderMigrationVariables = z
  .object({
    NODE_ENV: processVariables.NODE_ENV,
    ORDER_DATABASE_URL: postgresUrl,
    ORDER_DATABASE_MIGRATION_URL: postgresUrl.optional().meta({
      description: 'the same database without a connection pooler, for migrations; empty: ORDER_DATABASE_URL',
    }),
    DATABASE_SCHEMA: databaseSchema,
    SEED_DEMO_CLIENTS: z
      .stringbool()
      .default(false)
      .meta({
        description:
          'true makes the migration of the Order Service add the demo clients, unless they exist or were removed (false; in local mode ' +
          'always true). Refused in production, and for a database whose URL names neither this machine nor a host of one word, as ' +
          'Docker Compose has',
        example: '',
      }),
  })
  .refine((variables) => variables.NODE_ENV !== 'production' || !variables.SEED_DEMO_CLIENTS, {
    path: ['SEED_DEMO_CLIENTS'],
    message: 'must not be set in production: the secret of the demo clients is public',
  })
  .refine(({ SEED_DEMO_CLIENTS: isSeeded, ...urls }) => !isSeeded || databaseHosts(urls).every(isNearby), {
    path: ['SEED_DEMO_CLIENTS'],
    message:
      'must not be set for a database on another machine, or without a host in its URL: the secret of the demo clients is public',
  });

/** The database hosts as `pg` reads them: the last parameter `host`, which may be the folder of a socket, precedes the host of the URL. */
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

/** A host on this machine, or a name of one word, such as a container of Docker Compose. Without a host, PGHOST would decide. */
const isNearby = (host: string): boolean => /^(\/.*|127(\.\d+){3}|\[?::1\]?|[^.:/]+)$/.test(host);
