import { join } from 'node:path';
import { type ServiceSchema } from '../../shared/postgres/schema-check';

/** The folder of the numbered migrations of the Delivery Service. */
export const DELIVERY_MIGRATIONS = join(__dirname, 'migrations');

/** The tables that the Delivery Service needs in its database. */
export const deliverySchema = (schema: string): ServiceSchema => ({
  service: 'delivery-service',
  ownMigrations: DELIVERY_MIGRATIONS,
  schema,
});
