import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { type LinkFault } from '../../chaos/tcp-proxy';
import { type ApiClient, type ApiResponse } from '../../support/api-client';
import { eventually } from '../../support/eventually';
import { orderBody } from '../../support/factories';
import { expectDeliveredOnce } from '../../support/guarantees';
import { startLinkedPair, type LinkedPair } from '../../support/linked-pair';
import { countRows, rowsOf } from '../../support/rows';

const WORKING = `SELECT pid FROM pg_stat_activity
  WHERE application_name = 'order-service' AND state = 'active' AND wait_event = 'PgSleep'`;

/** In one statement, because a new connection can take longer than the slow trigger. */
const END_WORKING_PROCESS = `DO $$ BEGIN
  LOOP
    PERFORM pg_stat_clear_snapshot();
    PERFORM pg_terminate_backend(pid) FROM (${WORKING}) AS w;
    EXIT WHEN FOUND;
    PERFORM pg_sleep(0.02);
  END LOOP; END $$`;

/** Breaks the link while the statement is executed. */
const breakLink = (fault: LinkFault) => async (pair: LinkedPair) => {
  await eventually(async () => expect(await rowsOf(pair.orderDatabase, WORKING)).to.have.length(1));
  pair.links.postgres.break(fault);
};

/**
 * `happens` is called before the order is placed and resolves when the fault has happened. `isCommitted`: whether the order is there in the
 * end; a server process goes on without its client, unless it is ended itself.
 */
const CASES: [name: string, happens: (pair: LinkedPair) => Promise<unknown>, isCommitted: boolean][] = [
  ['dropped reply', breakLink('dropped-reply'), true],
  ['black hole', breakLink('black-hole'), true],
  ['reset', breakLink('reset'), true],
  ['server process that ends', ({ orderDatabase }) => rowsOf(orderDatabase, END_WORKING_PROCESS), false],
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

  for (const [name, happens, isCommitted] of CASES) {
    it(`given a ${name} before the answer, then the outcome is 503, and repeats under the key give one order, ${isCommitted ? 'the first' : 'a new one'}`, async () => {
      const key = randomUUID();
      const body = orderBody({ customer_id: key });
      const place = (): Promise<ApiResponse> => shop.post('/orders', body, { 'Idempotency-Key': key });
      await rowsOf(pair.orderDatabase, SLOW_TRIGGER);
      const happening = happens(pair);
      const placing = place();
      await happening;
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
});

const SLOW_FUNCTION = `CREATE FUNCTION be_slow() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN PERFORM pg_sleep(0.4); RETURN NULL; END $$`;

/** A deferred trigger does its work at the commit, which is part of the statement. */
const SLOW_TRIGGER = `CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON orders DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION be_slow()`;

const untilTaken = (place: () => Promise<ApiResponse>): Promise<ApiResponse> =>
  eventually(async () => {
    const answer = await place();
    expect(answer.status, answer.text).to.equal(201);
    return answer;
  });
