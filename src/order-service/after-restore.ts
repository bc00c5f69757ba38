import { readEnv } from '../shared/config/read-env';
import { withConnection } from '../shared/postgres/with-connection';
import { runTask } from '../shared/runtime/run-service';
import { orderMigrationVariables } from './config';
import { prepareAfterRestore } from './services/prepare-after-restore';

// To be run while neither service is, after either database was restored; see docs/BACKUP_AND_RESTORE.md.
runTask(async () => {
  const config = readEnv(orderMigrationVariables);
  const url = config.ORDER_DATABASE_MIGRATION_URL ?? config.ORDER_DATABASE_URL;
  await withConnection(url, prepareAfterRestore);
  return 'order-service: Redis no longer answers for this database, and all recent orders will be compared with their shipments';
});
