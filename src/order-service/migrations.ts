import { join } from 'node:path';
import { type ServiceSchema } from '../shared/postgres/schema-check';

/** The folder of the numbered migrations of the Order Service. */
export const ORDER_MIGRATIONS = join(__dirname, 'migrations');

/** The tables that the Order Service needs in its database. */
export const orderSchema = (schema: string): ServiceSchema => ({
  service: 'order-service',
  ownMigrations: ORDER_MIGRATIONS,
  schema,
});
