import { hashSecret } from '../shared/auth/client-secret';
import { readEnv } from '../shared/config/read-env';
import { readMigrationArguments, runMigrations } from '../shared/postgres/migrate';
import { type Queryable } from '../shared/postgres/queryable';
import { withConnection } from '../shared/postgres/with-connection';
import { runTask } from '../shared/runtime/run-service';
import { orderServiceScopes } from './composition';
import { orderMigrationVariables } from './config';
import { seedDemoClients } from './identity/use-cases/seed-demo-clients';
import { ORDER_MIGRATIONS } from './migrations';

runTask(
  async (report) => {
    const options = { report, ...readMigrationArguments(process.argv.slice(2)) };
    const { DATABASE_SCHEMA: schema, ...config } = readEnv(orderMigrationVariables);
    const url = config.ORDER_DATABASE_MIGRATION_URL ?? config.ORDER_DATABASE_URL;
    const summary = await runMigrations('order-service', url, ORDER_MIGRATIONS, schema, options);
    if (!config.SEED_DEMO_CLIENTS) return summary;
    const seed = (db: Queryable) => seedDemoClients(db, hashSecret, orderServiceScopes);
    return `${summary}; ${await withConnection(url, seed, schema)}`;
  },
  { takesArguments: true },
);
