import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createTestDatabase } from '../../support/databases';
import { rowsOf } from '../../support/rows';
import { startServicePair } from '../../support/service-pair';
import { newOrderRequest, sendOnce } from '../order-requests';
import { CREATE_ORDER_SCRIPTS } from './create-order-transaction';
import { type FloorResult } from './floor-result';
import { firstThatFits } from './floor-script';
import { runPgDriver } from './pg-driver';
import { findPgbench, runPgbench } from './pgbench';

const TABLES = ['idempotency_records', 'orders', 'order_items', 'events'];

/** For each table: rows per order, bytes per row, and the columns that are not null. */
async function writtenPerOrder(databaseUrl: string) {
  return Promise.all(
    TABLES.map(async (table) => {
      const [row] = await rowsOf<{ rows: number; bytes: number; sample: object }>(
        databaseUrl,
        `SELECT count(*)::float8 / (SELECT count(*) FROM orders) AS rows, avg(pg_column_size(t.*))::float8 AS bytes,
                (SELECT jsonb_strip_nulls(to_jsonb(one)) FROM ${table} one LIMIT 1) AS sample
           FROM ${table} t`,
      );
      return { table, rows: row!.rows, columns: Object.keys(row!.sample), bytes: row!.bytes };
    }),
  );
}

describe('the floor of creating orders', function () {
  this.timeout(60_000);
  let folder: string;
  let byService: Awaited<ReturnType<typeof writtenPerOrder>>;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'floors-'));
    const pair = await startServicePair();
    await pair.orders.relay.stop();
    const { token } = await pair.client();
    await Promise.all(Array.from({ length: 10 }, () => sendOnce(pair.orderUrl, newOrderRequest(token))));
    byService = await writtenPerOrder(pair.environment['ORDER_DATABASE_URL']!);
    await pair.stop();
  });
  after(() => rmSync(folder, { recursive: true }));

  type Run = (databaseUrl: string) => Promise<FloorResult>;
  const pgbench = findPgbench(process.env['PATH'] ?? '');
  const ways: [name: string, run: Run][] = [
    [
      'the pg driver',
      (databaseUrl) => runPgDriver(CREATE_ORDER_SCRIPTS[0]!, { databaseUrl, clients: 4, seconds: 0.3 }),
    ],
  ];
  if (pgbench !== null) {
    ways.push([
      'pgbench',
      (databaseUrl) =>
        runPgbench(pgbench, CREATE_ORDER_SCRIPTS[0]!, { databaseUrl, folder, clients: 4, seconds: 1 }),
    ]);
  }
  for (const [name, run] of ways) {
    it(`given ${name}, when it runs, then it writes the same rows per order as the service`, async () => {
      const databaseUrl = await createTestDatabase('order-service');
      const result = await run(databaseUrl);
      expect(result.by).to.equal(name);
      expect(result.perSecond).to.be.above(0);
      expect(result.latency.p50).to.be.within(0.01, result.latency.p99);
      const byFloor = await writtenPerOrder(databaseUrl);
      for (const [index, { table, rows, columns, bytes }] of byService.entries()) {
        expect(byFloor[index], table).to.deep.include({ rows, columns });
        expect(byFloor[index]!.bytes, `bytes of ${table}`).to.be.within(bytes * 0.95, bytes * 1.05);
      }
    });
  }

  it('given scripts of several schemas, then the first that fits the tables is chosen', async () => {
    const databaseUrl = await createTestDatabase('order-service');
    const [present] = CREATE_ORDER_SCRIPTS;
    const newer = {
      ...present!,
      statements: ['BEGIN', 'DELETE FROM orders WHERE later_column = 1', 'COMMIT'],
    };
    expect(await firstThatFits(databaseUrl, [newer, present!])).to.equal(present);
    expect(await firstThatFits(databaseUrl, [newer])).to.equal(null);
  });
});
