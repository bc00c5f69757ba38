import { readEnv } from '../shared/config/read-env';
import { withMigratedDatabase } from '../shared/postgres/schema-check';
import { runTask } from '../shared/runtime/run-service';
import { orderMigrationVariables } from './config';
import { prepareAfterRestore } from './fulfilment/use-cases/sweep-orders';
import { orderSchema } from './migrations';

// Run this after a restore of either database, while neither service is running; see docs/BACKUP_AND_RESTORE.md.
runTask(async () => {
  const config = readEnv(orderMigrationVariables);
  const url = config.ORDER_DATABASE_MIGRATION_URL ?? config.ORDER_DATABASE_URL;
  await withMigratedDatabase(url, orderSchema(config.DATABASE_SCHEMA), prepareAfterRestore);
  return 'order-service: the entries in Redis are no longer used, and all recent orders will be compared with their shipments';
});
