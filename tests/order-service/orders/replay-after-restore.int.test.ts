import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import {
  composeOrderService,
  type OrderService,
  readOrderServiceConfig,
} from '../../../src/order-service/composition';
import { prepareAfterRestore } from '../../../src/order-service/fulfilment/use-cases/sweep-orders';
import { withConnection } from '../../../src/shared/postgres/with-connection';
import { stopService } from '../../../src/shared/runtime/lifecycle';
import { apiClient } from '../../support/api-client';
import { backUp, hasPgDump, type Backup } from '../../support/database-backup';
import { testEnvironment } from '../../support/environment';
import { orderBody } from '../../support/factories';
import { countRows } from '../../support/rows';
import { silentLogger } from '../../support/service-pair';

/** Redis is not restored: its replay cache is newer than the database. */
describe('a repeat of an order that the restored database does not have', () => {
  let environment: Record<string, string>;
  before(async () => {
    environment = await testEnvironment();
  });

  it('given the command after a restore, then a repeat under the key creates the order again, and later repeats return it', async () => {
    await expectNewOrderAfter(await backUp(database()), () =>
      withConnection(database(), prepareAfterRestore),
    );
  });

  it('given a database that was recreated from a dump, then the repeat creates the order again without any command', async function () {
    // Without pg_dump, a copy of the database under the same name is equivalent: its identity differs too.
    const backup = (await hasPgDump()) ? await backUp(database(), 'pg_dump') : await templateBackup();
    await expectNewOrderAfter(backup, () => Promise.resolve());
  });

  const database = () => environment['ORDER_DATABASE_URL']!;

  async function expectNewOrderAfter(backup: Backup, command: () => Promise<void>): Promise<void> {
    const [key, body] = [randomUUID(), orderBody()];
    const place = (service: OrderService) =>
      apiClient(`http://127.0.0.1:${service.http.port()}`, 'demo-client').then((client) =>
        client.post('/orders', body, { 'Idempotency-Key': key }),
      );
    const first = await whileRunning(async (service) => {
      const placed = await place(service);
      expect((await place(service)).headers.get('idempotency-replayed')).to.equal('true');
      return placed.body.order_id as string;
    });
    await backup.restore();
    await command();
    const second = await whileRunning(async (service) => {
      const placed = await place(service);
      expect(placed.headers.get('idempotency-replayed')).to.equal(null);
      expect((await place(service)).body.order_id).to.equal(placed.body.order_id);
      return placed.body.order_id as string;
    });
    expect(second).to.not.equal(first);
    expect(await countRows(database(), 'orders', `order_id = '${second}'`)).to.equal(1);
  }

  async function whileRunning<T>(work: (service: OrderService) => Promise<T>): Promise<T> {
    const service = composeOrderService(readOrderServiceConfig(environment), { logger: silentLogger });
    await service.http.start();
    try {
      return await work(service);
    } finally {
      await stopService(service);
    }
  }

  async function templateBackup(): Promise<Backup> {
    const name = new URL(database()).pathname.slice(1);
    const server = database().replace(/\/[^/]+$/, '/postgres');
    const run = (sql: string) => withConnection(server, (db) => db.query(sql));
    await run(`CREATE DATABASE ${name}_kept TEMPLATE ${name}`);
    return {
      tool: 'copy',
      async restore() {
        await run(`DROP DATABASE ${name} WITH (FORCE)`);
        await run(`CREATE DATABASE ${name} TEMPLATE ${name}_kept`);
      },
    };
  }
});
