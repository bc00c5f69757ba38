import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { type LinkFault } from '../../chaos/tcp-proxy';
import { type ApiClient, type ApiResponse } from '../../support/api-client';
import { eventually } from '../../support/eventually';
import { orderBody } from '../../support/factories';
import { expectDeliveredOnce } from '../../support/guarantees';
import { startLinkedPair, type LinkedPair } from '../../support/linked-pair';
import { countRows, rowsOf } from '../../support/rows';

/** A link that breaks while the database is at work on this statement, and what becomes of the transaction. */
const CASES: [statement: 'COMMIT' | 'INSERT', fault: LinkFault, isCommitted: boolean][] = [
  ['COMMIT', 'dropped-reply', true],
  ['COMMIT', 'black-hole', true],
  ['COMMIT', 'reset', true],
  ['INSERT', 'reset', false],
];

describe('a link that breaks in the middle of placing an order', function () {
  this.timeout(30_000);
  let pair: LinkedPair;
  let shop: ApiClient;
  const placedIds: string[] = [];
  before(async () => {
    pair = await startLinkedPair({ RECONCILE_AFTER_SECONDS: '2' });
    shop = await pair.client();
    await rowsOf(pair.orderDatabase, SLOW_FUNCTION);
  });
  after(() => pair.stop());

  for (const [statement, fault, isCommitted] of CASES) {
    it(`given a ${fault} during ${statement}, then the outcome is 503, and repeats under the key give one order, ${isCommitted ? 'the first' : 'a new one'}`, async () => {
      const key = randomUUID();
      const body = orderBody({ customer_id: key });
      const place = (): Promise<ApiResponse> => shop.post('/orders', body, { 'Idempotency-Key': key });
      await rowsOf(pair.orderDatabase, SLOW[statement]);
      const placing = place();
      await untilDatabaseWorksOn(statement);
      pair.links.postgres.break(fault);
      const lost = await placing.finally(() => pair.links.postgres.heal());
      expect([lost.status, lost.body.code], lost.text).to.deep.equal([503, 'unavailable']);
      expect(lost.headers.get('retry-after')).to.match(/^[1-9]\d*$/);
      await rowsOf(pair.orderDatabase, 'DROP TRIGGER slow ON orders');
      const repeats = await Promise.all([1, 2, 3].map(() => untilTaken(place)));
      const ids = new Set(repeats.map((answer) => answer.body.order_id as string));
      expect(ids.size).to.equal(1);
      expect(new Set(repeats.map(({ text }) => text)).size, 'the same bytes').to.equal(1);
      const first = repeats.filter(({ headers }) => headers.get('idempotency-replayed') === null);
      expect(first).to.have.length(isCommitted ? 0 : 1);
      expect(await countRows(pair.orderDatabase, 'orders', `customer_id = '${key}'`)).to.equal(1);
      placedIds.push(...ids);
    });
  }

  it('given all that, then each order is delivered once', async () => {
    await expectDeliveredOnce(pair.environment, placedIds, 20_000);
  });

  async function untilDatabaseWorksOn(statement: string): Promise<void> {
    await eventually(async () => {
      const sql = `SELECT 1 FROM pg_stat_activity
                    WHERE application_name = 'order-service' AND state = 'active' AND query LIKE $1
                      AND wait_event = 'PgSleep'`;
      expect(await rowsOf(pair.orderDatabase, sql, [`%${statement}%`])).to.have.length(1);
    });
  }
});

const SLOW_FUNCTION = `CREATE FUNCTION be_slow() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN PERFORM pg_sleep(0.4); RETURN NULL; END $$`;

/** A deferred trigger does its work at COMMIT. */
const SLOW = {
  COMMIT: `CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON orders DEFERRABLE INITIALLY DEFERRED
             FOR EACH ROW EXECUTE FUNCTION be_slow()`,
  INSERT: 'CREATE TRIGGER slow AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION be_slow()',
};

const untilTaken = (place: () => Promise<ApiResponse>): Promise<ApiResponse> =>
  eventually(async () => {
    const answer = await place();
    expect(answer.status, answer.text).to.equal(201);
    return answer;
  }, 2_000);
