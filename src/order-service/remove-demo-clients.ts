import { readEnv } from '../shared/config/read-env';
import { withMigratedDatabase } from '../shared/postgres/schema-check';
import { runTask } from '../shared/runtime/run-service';
import { orderMigrationVariables } from './config';
import { removeDemoClients } from './identity/use-cases/seed-demo-clients';
import { orderSchema } from './migrations';

runTask(async () => {
  const config = readEnv(orderMigrationVariables);
  const url = config.ORDER_DATABASE_MIGRATION_URL ?? config.ORDER_DATABASE_URL;
  const removed = await withMigratedDatabase(url, orderSchema(config.DATABASE_SCHEMA), removeDemoClients);
  return removed.length === 0 ? 'there is no demo client' : `removed ${removed.join(', ')}`;
});
