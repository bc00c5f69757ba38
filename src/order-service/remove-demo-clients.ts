import { readEnv } from '../shared/config/read-env';
import { withConnection } from '../shared/postgres/with-connection';
import { runTask } from '../shared/runtime/run-service';
import { orderMigrationVariables } from './config';
import { removeDemoClients } from './services/clients/seed-demo-clients';

runTask(async () => {
  const config = readEnv(orderMigrationVariables);
  const url = config.ORDER_DATABASE_MIGRATION_URL ?? config.ORDER_DATABASE_URL;
  const removed = await withConnection(url, removeDemoClients);
  return removed.length === 0 ? 'there is no demo client' : `removed ${removed.join(', ')}`;
});
