import { expect } from 'chai';
import { runMigrations } from '../../src/shared/postgres/migrate';
import { withConnection } from '../../src/shared/postgres/with-connection';
import { DELIVERY_MIGRATIONS } from '../../src/delivery-service/store/migrations';
import { hashSecret } from '../../src/shared/auth/client-secret';
import { orderServiceScopes } from '../../src/order-service/composition';
import { seedDemoClients } from '../../src/order-service/identity/use-cases/seed-demo-clients';
import { ORDER_MIGRATIONS } from '../../src/order-service/migrations';
import { type ApiClient } from '../support/api-client';
import { createEmptyDatabase } from '../support/databases';
import { eventually } from '../support/eventually';
import { orderBody } from '../support/factories';
import { testInfrastructure } from '../support/mocha-hooks';
import { countRows, rowsOf } from '../support/rows';
import { startServicePair, type ServicePair } from '../support/service-pair';
import { startSessionProxy, type SessionProxy } from '../support/session-proxy';

/** Settings of a database or a role, each with the most harmful value that the server accepts. */
const HOSTILE: Record<string, string> = {
  search_path: 'decoy, public',
  DateStyle: "'German, DMY'",
  TimeZone: "'Asia/Kathmandu'",
  IntervalStyle: 'sql_standard',
  client_encoding: 'LATIN1',
  standard_conforming_strings: 'off',
  bytea_output: 'escape',
  extra_float_digits: '-15',
  array_nulls: 'off',
  transform_null_equals: 'on',
  default_transaction_isolation: 'serializable',
  default_transaction_read_only: 'on',
  default_transaction_deferrable: 'on',
  synchronous_commit: 'off',
  statement_timeout: "'400ms'",
  lock_timeout: "'1ms'",
  idle_in_transaction_session_timeout: "'1ms'",
  exit_on_error: 'on',
  enable_indexscan: 'off',
  enable_nestloop: 'off',
  plan_cache_mode: 'force_generic_plan',
};

/** The relay may lose its last commits. */
const NEEDED_OF: Record<string, Record<string, string>> = { publications: { synchronous_commit: 'off' } };

/** The settings that every writing statement must run with. */
const NEEDED: Record<string, string> = {
  search_path: '"public", pg_temp',
  DateStyle: 'ISO, MDY',
  TimeZone: 'UTC',
  standard_conforming_strings: 'on',
  transaction_isolation: 'read committed',
  synchronous_commit: 'on',
  exit_on_error: 'off',
  plan_cache_mode: 'auto',
};

const WRITTEN = {
  order: [
    'clients',
    'events',
    'orders',
    'outbox',
    'publications',
    'order_items',
    'revoked_tokens',
    'idempotency_records',
  ],
  delivery: ['events', 'inbox', 'outbox', 'publications', 'shipments'],
};

let count = 0;

type Level = 'database' | 'role';
type Way = 'directly' | 'through a connection pooler';

describe('hostile settings of the database', () => {
  for (const level of ['database', 'role'] as Level[])
    for (const way of ['directly', 'through a connection pooler'] as Way[])
      describe(`given all hostile settings at the ${level}, when it is reached ${way}`, () => {
        let proxy: SessionProxy;
        let urls: { order: string; delivery: string };
        let pair: ServicePair;
        let client: ApiClient;

        before(async () => {
          proxy = await startSessionProxy((await testInfrastructure()).postgresUrl('postgres'));
          const through = (url: string): string => (way === 'directly' ? url : proxy.through(url));
          const direct = { order: await hostileDatabase(level), delivery: await hostileDatabase(level) };
          urls = { order: through(direct.order), delivery: through(direct.delivery) };
          // Migrations need the direct URL.
          await runMigrations('order-service', direct.order, ORDER_MIGRATIONS);
          await runMigrations('delivery-service', direct.delivery, DELIVERY_MIGRATIONS);
          await withConnection(urls.order, (db) => seedDemoClients(db, hashSecret, orderServiceScopes));
          await watch(urls.order, WRITTEN.order);
          await watch(urls.delivery, WRITTEN.delivery);
          pair = await startServicePair({
            variables: { ORDER_DATABASE_URL: urls.order, DELIVERY_DATABASE_URL: urls.delivery },
          });
          client = await pair.client();
        });
        after(async () => {
          await proxy.stop();
          await (pair as ServicePair | undefined)?.stop();
        });

        it('then an order reaches DELIVERED, with the usual answers', async () => {
          const note = `Grüße 😀 \\ ' "`;
          const body = orderBody({
            metadata: { note },
            items: [{ product_id: 'p', quantity: 1, unit_price: 80.01 }],
          });
          const before = Date.now() - 1;
          const placed = await client.post('/orders', body, { 'Idempotency-Key': 'k' });
          expect(placed.status, placed.text).to.equal(201);
          expect(Date.parse(placed.body.created_at)).to.be.within(before, Date.now() + 1);
          expect(placed.body.metadata).to.deep.equal({ note });
          expect((await client.post('/orders', body, { 'Idempotency-Key': 'k' })).text).to.equal(placed.text);
          const path = `/orders/${placed.body.order_id as string}`;
          const delivered = await eventually(async () => {
            const order = await client.get(path);
            expect(order.body.status).to.equal('DELIVERED');
            return order;
          }, 30_000);
          expect(Date.parse(delivered.body.updated_at)).to.be.within(before, Date.now() + 1);
          const timeline = (await client.get(`${path}/timeline`)).body.data as { occurred_at: string }[];
          expect(timeline.map((entry) => Date.parse(entry.occurred_at))).to.satisfy((times: number[]) =>
            times.every((time) => time >= before && time <= Date.now() + 1),
          );
          expect((await client.get(`${path}/shipment`)).body.status).to.equal('DELIVERED');
        });

        it('then lists, their pages and exports contain the same orders', async () => {
          const from = new Date().toISOString();
          for (let n = 0; n < 5; n += 1)
            expect(
              (
                await client.post(
                  '/orders',
                  orderBody({
                    customer_id: 'listed',
                    metadata: { n: String(n) },
                    client_timestamp: `2026-01-01T00:00:0${n}Z`,
                  }),
                )
              ).status,
            ).to.equal(201);
          const filter = `customer_id=listed&created_from=${from}`;
          // Orders with a final status do not change while their pages are read.
          await eventually(async () => {
            expect(await allPages(client, `${filter}&status=DELIVERED`)).to.have.length(5);
          }, 30_000);
          for (const sort of ['created_at', '-updated_at', 'total_amount'])
            expect(await allPages(client, `${filter}&sort=${sort}`), sort).to.have.length(5);
          const exported = await client.get(`/orders/export?format=csv&${filter}`);
          expect(exported.text.trim().split('\r\n')).to.have.length(6);
        });

        it('then a client is registered, gets a token, and the token is revoked', async () => {
          const operator = await pair.client('demo-operator');
          const made = await operator.post('/clients', { client_id: 'new-client', scopes: ['order:read'] });
          expect(made.status, made.text).to.equal(201);
          const form = { token: client.token, client_id: 'demo-client', client_secret: 'demo-secret' };
          const revoked = await fetch(`${pair.orderUrl}/auth/revoke`, {
            method: 'POST',
            body: new URLSearchParams(form),
          });
          expect(revoked.status).to.equal(200);
        });

        it('then all rows were written to the right tables, with the required settings', async () => {
          for (const [url, tables] of [
            [urls.order, WRITTEN.order],
            [urls.delivery, WRITTEN.delivery],
          ] as const) {
            for (const table of tables) expect(await countRows(url, `decoy.${table}`), table).to.equal(0);
            const seen = await rowsOf<{ table_name: string; settings: Record<string, string> }>(
              url,
              'SELECT DISTINCT table_name, settings FROM public.seen ORDER BY table_name',
            );
            expect(seen).to.deep.equal(
              tables.toSorted().map((table_name) => ({
                table_name,
                settings: { ...NEEDED, ...NEEDED_OF[table_name] },
              })),
            );
          }
        });
      });
});

async function allPages(client: ApiClient, query: string): Promise<string[]> {
  const found = new Set<string>();
  for (let cursor: string | null = ''; cursor !== null;) {
    const { status, text, body } = await client.get(
      `/orders?limit=2&${query}${cursor && `&cursor=${cursor}`}`,
    );
    expect(status, text).to.equal(200);
    for (const { order_id: id } of body.data as { order_id: string }[]) found.add(id);
    cursor = body.next_cursor as string | null;
  }
  return [...found];
}

/** An empty database with all hostile settings and a decoy schema with tables of the same names. */
async function hostileDatabase(level: Level): Promise<string> {
  const url = new URL(await createEmptyDatabase());
  const database = url.pathname.slice(1);
  const role = `hostile_${(count += 1)}`;
  const tables = [...new Set([...WRITTEN.order, ...WRITTEN.delivery, 'schema_migrations'])];
  await rowsOf(
    url.href,
    `CREATE ROLE ${role} LOGIN; GRANT ALL ON DATABASE ${database} TO ${role}; GRANT ALL ON SCHEMA public TO ${role};
     CREATE SCHEMA decoy AUTHORIZATION ${role};
     ${tables.map((table) => `CREATE TABLE decoy.${table} (name text, checksum text); ALTER TABLE decoy.${table} OWNER TO ${role};`).join('\n')}
     CREATE FUNCTION decoy.now() RETURNS timestamptz LANGUAGE sql AS $$ SELECT timestamptz '2001-01-01' $$;`,
  );
  const target = level === 'database' ? `DATABASE ${database}` : `ROLE ${role}`;
  for (const [name, value] of Object.entries(HOSTILE))
    await rowsOf(
      (await testInfrastructure()).postgresUrl('postgres'),
      `ALTER ${target} SET ${name} = ${value}`,
    );
  url.username = role;
  return url.href;
}

/** Records the settings of each statement that writes to one of these tables. */
async function watch(url: string, tables: readonly string[]): Promise<void> {
  const names = Object.keys(NEEDED).map((name) => `'${name}', current_setting('${name}')`);
  await rowsOf(
    url,
    `DO $do$ BEGIN
       CREATE TABLE public.seen (table_name text, settings jsonb);
       CREATE FUNCTION public.see() RETURNS trigger LANGUAGE plpgsql AS $see$ BEGIN
         INSERT INTO public.seen VALUES (TG_TABLE_NAME, jsonb_build_object(${names.join(', ')}));
         RETURN NULL; END $see$;
       ${tables.map((table) => `CREATE TRIGGER seen AFTER INSERT OR UPDATE ON public.${table} FOR EACH STATEMENT EXECUTE FUNCTION public.see();`).join('\n')}
     END $do$`,
  );
}
