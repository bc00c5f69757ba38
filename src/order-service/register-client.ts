import { hashSecret, newSecret } from '../shared/auth/client-secret';
import { readEnv } from '../shared/config/read-env';
import { withMigratedDatabase } from '../shared/postgres/schema-check';
import { runTask } from '../shared/runtime/run-service';
import { readClientArguments } from './identity/routes/client-arguments';
import { orderServiceScopes } from './composition';
import { orderMigrationVariables } from './config';
import { addClient } from './identity/use-cases/register-client';
import { orderSchema } from './migrations';

// Does not use the API: no other client could register the first client that may register others.
runTask(
  async () => {
    const requested = readClientArguments(process.argv.slice(2), orderServiceScopes.scopes);
    const config = readEnv(orderMigrationVariables);
    const secret = newSecret();
    const client = { ...requested, name: null, secretHash: await hashSecret(secret) };
    const url = config.ORDER_DATABASE_MIGRATION_URL ?? config.ORDER_DATABASE_URL;
    await withMigratedDatabase(url, orderSchema(config.DATABASE_SCHEMA), (db) => addClient(db, client));
    return `client_id=${requested.clientId}\nclient_secret=${secret}\nThe secret is shown only once.`;
  },
  { takesArguments: true },
);
