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
  DELIVERY_SERVICE_PORT: port.default(3002),
  DELIVERY_DATABASE_URL: postgresUrl,
  ORDER_SERVICE_URL: httpUrl,
  CARRIER: carrier.default('simulated'),
  INBOX_RETENTION_DAYS: inboxRetention,
  SIMULATED_STEP_MS: milliseconds().default(2_000),
  SIMULATED_FAILURE_RATE: share.default(0),
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
  DELIVERY_DATABASE_MIGRATION_URL: postgresUrl.optional(),
  DATABASE_SCHEMA: databaseSchema,
});
