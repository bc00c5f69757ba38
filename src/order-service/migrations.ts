import { join } from 'node:path';
import { type ServiceSchema } from '../shared/postgres/schema-check';

/** Where the numbered migrations of the Order Service's own tables are. */
export const ORDER_MIGRATIONS = join(__dirname, 'migrations');

/** The tables that the Order Service needs in its database. */
export const orderSchema = (schema: string): ServiceSchema => ({
  service: 'order-service',
  ownMigrations: ORDER_MIGRATIONS,
  schema,
});
