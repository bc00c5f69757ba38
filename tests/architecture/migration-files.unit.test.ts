import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ORDER_MIGRATIONS } from '../../src/order-service/migrations';
import { DELIVERY_MIGRATIONS } from '../../src/delivery-service/store/migrations';

/** Files of earlier releases: an applied file must not change. */
const RELEASED = ['0003_clients.sql', '0007_idempotency_records.sql'];

describe('the files of migrations', () => {
  const shared = join('src', 'shared', 'event-log', 'migrations');
  for (const folder of [ORDER_MIGRATIONS, DELIVERY_MIGRATIONS, shared]) {
    const name = folder.slice(folder.lastIndexOf('src'));
    const files = readdirSync(folder).filter((file) => file.endsWith('.sql'));

    it(`given the files of ${name}, then they are numbered in sequence, each number once`, () => {
      const numbers = files.map((file) => Number(file.slice(0, 4))).sort((a, b) => a - b);
      expect(numbers).to.deep.equal(numbers.map((_, index) => index + 1));
    });

    it(`given the files of ${name}, then each alters one table at most`, () => {
      const wide = files.filter((file) => alteredTables(readFileSync(join(folder, file), 'utf8')).size > 1);
      expect(wide.filter((file) => !RELEASED.includes(file))).to.deep.equal([]);
    });
  }
});

/** The tables that a file locks strongly. */
const alteredTables = (sql: string): Set<string> =>
  new Set([...sql.matchAll(/^ALTER TABLE (?:IF EXISTS )?(\w+)/gm)].map(([, table]) => table!));
