import { readEnv } from '../shared/config/read-env';
import { withMigratedDatabase } from '../shared/postgres/schema-check';
import { runTask } from '../shared/runtime/run-service';
import { deliveryMigrationVariables } from './config';
import { holdAllForComparison } from './services/hold-shipments';
import { deliverySchema } from './store/migrations';

// Run this after a restore of either database, while neither service is running; see docs/BACKUP_AND_RESTORE.md.
runTask(async () => {
  const config = readEnv(deliveryMigrationVariables);
  const url = config.DELIVERY_DATABASE_MIGRATION_URL ?? config.DELIVERY_DATABASE_URL;
  const held = await withMigratedDatabase(url, deliverySchema(config.DATABASE_SCHEMA), holdAllForComparison);
  return `delivery-service: ${String(held)} shipments are held until they have been compared with their orders`;
});
