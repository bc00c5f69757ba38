import { expect } from 'chai';
import { listMails } from '../../../src/order-service/notifications/use-cases/list-mails';
import { takeMails } from '../../../src/order-service/notifications/use-cases/send-mails';
import { type ServiceDatabase } from '../../../src/shared/postgres/database';
import { type Database, type Transaction } from '../../../src/shared/postgres/queryable';
import { type ReadPool, type ReadTransaction } from '../../../src/shared/postgres/read-pool';
import { createTestDatabase } from '../../support/databases';
import { explained, isWholeTableOf, type Plan, rowsRead } from '../../support/explain-queries';
import { openDatabase } from '../../support/open-database';
import { rowsOf } from '../../support/rows';

const LIMIT = 20;
const READER = { clientId: 'operator', signal: new AbortController().signal };

describe('the lists of 60 000 mails, and the next mails', () => {
  let db: ServiceDatabase;
  before(async function () {
    this.timeout(120_000);
    const url = await createTestDatabase('order-service');
    await rowsOf(
      url,
      `INSERT INTO mails (mail_id, owner, kind, event_id, subject_id, recipient, content, status, due_at, created_at)
       SELECT gen_random_uuid(), 'shop-' || n % 300, 'low_stock', gen_random_uuid(), gen_random_uuid(), 'a@shop.example',
              '{"sku":"A","name":null}', CASE WHEN n % 10 = 0 THEN 'pending' ELSE 'sent' END,
              CASE WHEN n % 10 = 0 THEN now() - make_interval(secs => n) END, now()
         FROM generate_series(1, 60000) AS n`,
    );
    await rowsOf(
      url,
      "UPDATE mails SET status = 'failed' WHERE mail_id < '00100000-0000-0000-0000-000000000000' AND status = 'sent'",
    );
    await rowsOf(url, 'VACUUM ANALYZE mails');
    db = openDatabase(url);
  });
  after(() => db.stop());

  async function plansOf(work: (watch: (tx: Transaction) => ReadTransaction) => Promise<unknown>) {
    const plans: Plan[] = [];
    await work((tx) => explained(tx as unknown as ReadTransaction, (nodes) => plans.push(...nodes)));
    expect(plans.filter((node) => isWholeTableOf(node, 'mails'))).to.deep.equal([]);
    expect(plans).not.to.deep.equal([]);
    return rowsRead(plans, 'mails');
  }

  for (const [name, visibleOwner, status] of [
    ['an operator', null, undefined],
    ['an operator and a rare status', null, 'failed'],
    ['an operator and a status without mails', null, 'not_sent'],
    ['a client', 'shop-7', undefined],
    ['a client and a status', 'shop-7', 'failed'],
  ] as const)
    it(`given ${name}, then a page reads few rows more than it returns, and not the table as a whole`, async () => {
      const read = await plansOf((watch) => {
        const reads = {
          read: (_reader: unknown, work: (tx: unknown) => Promise<unknown>) =>
            db.transaction((tx) => work(watch(tx))),
        } as unknown as ReadPool;
        const request = { visibleOwner, filter: { status }, page: { limit: LIMIT, cursor: undefined } };
        return listMails(reads, request, READER);
      });
      expect(read).to.be.at.most(2 * (LIMIT + 1));
    });

  it('given 300 owners with due mails, then few rows are read for the next ones', async () => {
    const read = await plansOf((watch) => {
      const watched = {
        transaction: (work: (tx: unknown) => Promise<unknown>) => db.transaction((tx) => work(watch(tx))),
      } as unknown as Database;
      return takeMails(watched, { most: 5, leaseMs: 60_000, afterOwner: 'shop-2' });
    });
    expect(read).to.be.at.most(1_000);
  });
});
