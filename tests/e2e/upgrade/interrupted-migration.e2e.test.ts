import { expect } from 'chai';
import { Client } from 'pg';
import { countRows, rowsOf } from '../../support/rows';
import { untilWaiting } from '../../support/until-waiting';
import { fillDatabases } from '../../support/upgrade/fill-databases';
import { previousRelease } from '../../support/upgrade/previous-release';
import { type Environment, presentRelease, type Release, startMigrator } from '../../support/upgrade/release';
import { databasesOf, upgradeEnvironment } from '../../support/upgrade/upgrade-scene';

const ORDERS = 4_000;

describe('migration of a filled database, interrupted', function () {
  this.timeout(120_000);
  let previous: Release;
  let environment: Environment;
  let url: string;

  before(async function () {
    previous = await previousRelease(this);
    environment = await upgradeEnvironment(previous);
    await fillDatabases(environment, ORDERS);
    url = databasesOf(environment)[0];
  });

  it('given two migrators, when the first is killed while a file of it waits for a lock, then the second completes them', async () => {
    const holder = await holdTable('orders');
    const doomed = await startMigrator(presentRelease, 'order-service', environment);
    await untilWaiting(url, 1, 'ALTER TABLE orders');
    expect(await applied()).to.include('order-service/0023_order_products.sql');
    const other = await startMigrator(presentRelease, 'order-service', environment);
    doomed.kill();
    expect((await doomed.ended).exitCode).to.equal(null);
    expect(await applied()).not.to.include('order-service/0024_stock_kept_orders.sql');
    await holder.end();

    const { exitCode, output } = await other.ended;
    expect(exitCode, output).to.equal(0);
    const again = await (await startMigrator(presentRelease, 'order-service', environment)).ended;
    expect(again.output).to.include('order-service: database is up to date');
    expect(await countRows(url, 'orders', 'NOT is_stock_kept')).to.equal(ORDERS);
    expect(
      await countRows(url, 'order_items', 'name IS NULL AND catalogue_id IS NULL AND NOT is_stock_kept'),
    ).to.equal(ORDERS);
  });

  /** Reads a table in a transaction that stays open. */
  async function holdTable(table: string): Promise<Client> {
    const client = new Client({ connectionString: url });
    await client.connect();
    await client.query('BEGIN');
    await client.query(`SELECT FROM ${table} LIMIT 1`);
    return client;
  }

  const applied = async (): Promise<string[]> =>
    (await rowsOf<{ name: string }>(url, 'SELECT name FROM schema_migrations')).map(({ name }) => name);
});
