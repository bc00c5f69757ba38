import { type KeyObject } from 'node:crypto';
import { z } from 'zod';
import {
  databaseVariables,
  milliseconds,
  port,
  postgresUrl,
  processVariables,
  queueVariables,
  tokenVariables,
} from '../shared/config/fragments';
import { readPublicKey } from '../shared/config/read-key';
import { readEnv, readTogether } from '../shared/config/read-env';

/** The environment variables of the Delivery Service, described in .env.example. */
export const deliveryServiceVariables = z.object({
  ...processVariables,
  ...databaseVariables,
  ...queueVariables,
  ...tokenVariables,
  DELIVERY_SERVICE_PORT: port.default(3002),
  DELIVERY_DATABASE_URL: postgresUrl,
  JWT_PUBLIC_KEY: z.string().optional(),
  JWT_PUBLIC_KEY_FILE: z.string().optional(),
  SIMULATED_STEP_MS: milliseconds().default(2_000),
  SIMULATED_FAILURE_RATE: z.coerce.number().min(0).max(1).default(0),
});

export type DeliveryServiceConfig = z.output<typeof deliveryServiceVariables> & {
  verificationKey: KeyObject;
};

/** @throws ConfigError listing every variable that is wrong or missing. */
export function readDeliveryServiceConfig(environment?: NodeJS.ProcessEnv): DeliveryServiceConfig {
  return readTogether(
    () => readEnv(deliveryServiceVariables, environment),
    () => {
      const keys = deliveryServiceVariables.pick({ JWT_PUBLIC_KEY: true, JWT_PUBLIC_KEY_FILE: true });
      const { JWT_PUBLIC_KEY: pem, JWT_PUBLIC_KEY_FILE: file } = readEnv(keys, environment);
      return { verificationKey: readPublicKey({ variable: 'JWT_PUBLIC_KEY', pem, file }) };
    },
  );
}

/** The variables of the migration step; DELIVERY_DATABASE_MIGRATION_URL goes past a connection pooler. */
export const deliveryMigrationVariables = z.object({
  DELIVERY_DATABASE_URL: postgresUrl,
  DELIVERY_DATABASE_MIGRATION_URL: postgresUrl.optional(),
});
