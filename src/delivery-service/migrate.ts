import { readEnv } from '../shared/config/read-env';
import { readMigrationArguments, runMigrations } from '../shared/postgres/migrate';
import { runTask } from '../shared/runtime/run-service';
import { deliveryMigrationVariables } from './config';
import { DELIVERY_MIGRATIONS } from './store/migrations';

runTask(
  (report) => {
    const options = { report, ...readMigrationArguments(process.argv.slice(2)) };
    const config = readEnv(deliveryMigrationVariables);
    const url = config.DELIVERY_DATABASE_MIGRATION_URL ?? config.DELIVERY_DATABASE_URL;
    return runMigrations('delivery-service', url, DELIVERY_MIGRATIONS, config.DATABASE_SCHEMA, options);
  },
  { takesArguments: true },
);
