import { z } from 'zod';
import {
  databaseSchema,
  databaseVariables,
  httpUrl,
  httpVariables,
  inboxRetention,
  milliseconds,
  port,
  postgresUrl,
  processVariables,
  queueVariables,
  retentionVariables,
  share,
  tokenVariables,
} from '../shared/config/fragments';
import { readServiceEnv } from '../shared/config/read-env';

const carrier = z.enum(['simulated', 'manual'], 'must be simulated or manual');

/** The environment variables of the Delivery Service, described in .env.example. */
export const deliveryServiceVariables = z.object({
  ...processVariables,
  ...databaseVariables,
  ...queueVariables,
  ...retentionVariables,
  ...tokenVariables,
  ...httpVariables,
  DELIVERY_SERVICE_PORT: port.default(3002).meta({ description: 'port of the Delivery Service' }),
  DELIVERY_DATABASE_URL: postgresUrl.meta({
    description: 'its database, required: postgresql://user:password@host:port/database',
    example: 'postgresql://postgres@127.0.0.1:5433/deliveries',
  }),
  ORDER_SERVICE_URL: httpUrl.meta({
    description: 'URL of the Order Service, whose keys verify access tokens, required',
    example: 'http://127.0.0.1:3001',
  }),
  INBOX_RETENTION_DAYS: inboxRetention,
  CARRIER: carrier.default('simulated').meta({
    description:
      'carrier of the shipments: simulated moves them by itself, with manual only operators move them; required in production',
  }),
  SIMULATED_STEP_MS: milliseconds().default(2_000).meta({
    description:
      'milliseconds between two steps of a shipment of the simulated carrier (2000; in local mode 1000)',
    example: '',
  }),
  SIMULATED_FAILURE_RATE: share
    .default(0)
    .meta({ description: 'share of the delivery attempts of the simulated carrier that fail, 0 to 1' }),
});

export type DeliveryServiceConfig = z.output<typeof deliveryServiceVariables> & {
  /** Warnings about the environment, for the log. */
  warnings: readonly string[];
};

/** @throws ConfigError listing every variable that is wrong or missing. */
export function readDeliveryServiceConfig(environment?: NodeJS.ProcessEnv): DeliveryServiceConfig {
  return readServiceEnv(deliveryServiceVariables, { JWT_ISSUER: httpUrl, CARRIER: carrier }, environment);
}

/** The variables of the migration step; DELIVERY_DATABASE_MIGRATION_URL bypasses a connection pooler. */
export const deliveryMigrationVariables = z.object({
  DELIVERY_DATABASE_URL: postgresUrl,
  DELIVERY_DATABASE_MIGRATION_URL: postgresUrl.optional().meta({
    description:
      'the same database without a connection pooler, for migrations; empty: DELIVERY_DATABASE_URL',
  }),
  DATABASE_SCHEMA: databaseSchema,
});
