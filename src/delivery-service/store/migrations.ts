import { join } from 'node:path';

/** Where the numbered migrations of the Delivery Service's own tables are. */
export const DELIVERY_MIGRATIONS = join(__dirname, 'migrations');
