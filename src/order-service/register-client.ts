import { hashSecret, newSecret } from '../shared/auth/client-secret';
import { readEnv } from '../shared/config/read-env';
import { withConnection } from '../shared/postgres/with-connection';
import { runTask } from '../shared/runtime/run-service';
import { readClientArguments } from './client-arguments';
import { orderMigrationVariables } from './config';
import { addClient } from './services/clients/register-client';

// Past the API, because the first client that may register others has nobody to register it.
runTask(async () => {
  const wanted = readClientArguments(process.argv.slice(2));
  const config = readEnv(orderMigrationVariables);
  const secret = newSecret();
  const client = { ...wanted, name: null, secretHash: await hashSecret(secret) };
  const url = config.ORDER_DATABASE_MIGRATION_URL ?? config.ORDER_DATABASE_URL;
  await withConnection(url, (db) => addClient(db, client), config.DATABASE_SCHEMA);
  return `client_id=${wanted.clientId}\nclient_secret=${secret}\nThe secret is shown this once.`;
});
