import { hashSecret } from '../../src/shared/auth/client-secret';
import { createSecretDigests } from '../../src/shared/auth/secret-digest';
import { runMigrations } from '../../src/shared/postgres/migrate';
import { type Queryable } from '../../src/shared/postgres/queryable';
import { withConnection } from '../../src/shared/postgres/with-connection';
import { DELIVERY_MIGRATIONS } from '../../src/delivery-service/store/migrations';
import { seedDemoClients } from '../../src/order-service/identity/use-cases/seed-demo-clients';
import { orderServiceScopes } from '../../src/order-service/composition';
import { ORDER_MIGRATIONS } from '../../src/order-service/migrations';
import { testPepper } from './keys';
import { testInfrastructure } from './mocha-hooks';

export type ServiceName = 'order-service' | 'delivery-service';

const MIGRATIONS: Record<ServiceName, string> = {
  'order-service': ORDER_MIGRATIONS,
  'delivery-service': DELIVERY_MIGRATIONS,
};

const templates = new Map<ServiceName, Promise<string>>();
let count = 0;

/** A fresh, migrated database of that service with the demo clients in it; its URL. */
export async function createTestDatabase(service: ServiceName): Promise<string> {
  const template = templates.get(service) ?? createTemplate(service);
  templates.set(service, template);
  const url = await createDatabase(`test_${(count += 1)}`, await template);
  if (service === 'order-service') await renew(url);
  return url;
}

/** An empty database; its URL. */
export async function createEmptyDatabase(): Promise<string> {
  return createDatabase(`empty_${(count += 1)}`, 'template1');
}

async function createTemplate(service: ServiceName): Promise<string> {
  const name = `template_${service.replace('-', '_')}`;
  const url = await createDatabase(name, 'template1');
  await runMigrations(service, url, MIGRATIONS[service]);
  if (service === 'order-service')
    await withConnection(url, async (db) => {
      await seedDemoClients(db, hashSecret, orderServiceScopes);
      await addDigests(db);
    });
  return name;
}

async function createDatabase(name: string, template: string): Promise<string> {
  const infrastructure = await testInfrastructure();
  await withConnection(infrastructure.postgresUrl('postgres'), (db) =>
    db.query(`CREATE DATABASE ${name} TEMPLATE ${template}`),
  );
  return infrastructure.postgresUrl(name);
}

/** As after the first use of the secret of every demo client. */
async function addDigests(db: Queryable): Promise<void> {
  const digests = createSecretDigests([Buffer.from(testPepper, 'base64url')]);
  await db.query('UPDATE clients SET secret_digest = $1', [digests.digest('demo-secret')]);
}

/** A copy of a template is a database of its own. */
async function renew(url: string): Promise<void> {
  await withConnection(url, (db) => db.query('UPDATE installation SET installation_id = gen_random_uuid()'));
}
