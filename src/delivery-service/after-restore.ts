import { readEnv } from '../shared/config/read-env';
import { withConnection } from '../shared/postgres/with-connection';
import { runTask } from '../shared/runtime/run-service';
import { deliveryMigrationVariables } from './config';
import { holdAllForComparison } from './services/hold-shipments';

// To be run while neither service is, after either database was restored; see docs/BACKUP_AND_RESTORE.md.
runTask(async () => {
  const config = readEnv(deliveryMigrationVariables);
  const url = config.DELIVERY_DATABASE_MIGRATION_URL ?? config.DELIVERY_DATABASE_URL;
  const held = await withConnection(url, holdAllForComparison);
  return `delivery-service: ${String(held)} shipments wait until they have been compared with their orders`;
});
