import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { builtProgram } from '../../support/built-program';
import { rowsOf } from '../../support/rows';
import { type StockDatabase, stockDatabase } from '../../support/stock-database';

const run = promisify(execFile);

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

describe('the command reconcile-stock', () => {
  let stock: StockDatabase;
  before(async () => (stock = await stockDatabase()));
  after(() => stock.stop());

  const reconcile = async (...args: string[]): Promise<Ended> =>
    run('node', [await builtProgram('order-service/reconcile-stock'), ...args], {
      env: { ...process.env, ORDER_DATABASE_URL: stock.url },
    }).then(
      (output) => ({ code: 0, ...output }),
      (error: Ended) => error,
    );

  it('given differences, then they are printed and the exit code is 1, until they are repaired', async () => {
    const productId = await stock.add(5);
    expect(await reconcile()).to.include({
      code: 0,
      stdout: '1 products compared, 0 with differences, 0 repaired\n',
    });
    await rowsOf(stock.url, 'UPDATE stock SET on_hand = 7');
    const text = `shop lamp-1 (${productId}): the counters are 7 on hand, 0 reserved, the sum of the ledger is 5 on hand, 0 reserved`;
    expect(await reconcile()).to.include({
      code: 1,
      stdout: `${text}\n1 products compared, 1 with differences, 0 repaired\n`,
    });
    expect(await reconcile('--repair')).to.include({
      code: 0,
      stdout: `${text}: repaired\n1 products compared, 1 with differences, 1 repaired\n`,
    });
    expect((await reconcile()).code).to.equal(0);
  });

  it('given another argument, then nothing is done, and the usage is printed', async () => {
    for (const args of [['--fix'], ['--repair', 'lamp']]) {
      const { code, stderr } = await reconcile(...args);
      expect([code, stderr.trim()]).to.deep.equal([1, 'usage: reconcile-stock [--repair]']);
    }
  });

  it('given package.json, then npm run reconcile-stock runs it', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      scripts: Record<string, string>;
    };
    expect(scripts['reconcile-stock']).to.match(/ dist\/order-service\/reconcile-stock\.js$/);
  });
});
