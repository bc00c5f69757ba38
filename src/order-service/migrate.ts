import { hashSecret } from '../shared/auth/client-secret';
import { readEnv } from '../shared/config/read-env';
import { readMigrationArguments, runMigrations } from '../shared/postgres/migrate';
import { withConnection } from '../shared/postgres/with-connection';
import { runTask } from '../shared/runtime/run-service';
import { orderServiceScopes } from './composition';
import { orderMigrationVariables } from './config';
import { seedDemoClients } from './identity/use-cases/seed-demo-clients';
import { ORDER_MIGRATIONS } from './migrations';

runTask(
  async (report) => {
    const options = { report, ...readMigrationArguments(process.argv.slice(2)) };
    const config = readEnv(orderMigrationVariables);
    const url = config.ORDER_DATABASE_MIGRATION_URL ?? config.ORDER_DATABASE_URL;
    const schema = config.DATABASE_SCHEMA;
    const summary = await runMigrations('order-service', url, ORDER_MIGRATIONS, schema, options);
    if (!config.SEED_DEMO_CLIENTS) return summary;
    const seeded = await withConnection(
      url,
      (db) => seedDemoClients(db, hashSecret, orderServiceScopes),
      schema,
    );
    return `${summary}; ${seeded}`;
  },
  { takesArguments: true },
);
