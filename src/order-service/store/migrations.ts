import { join } from 'node:path';

/** Where the numbered migrations of the Order Service's own tables are. */
export const ORDER_MIGRATIONS = join(__dirname, 'migrations');
