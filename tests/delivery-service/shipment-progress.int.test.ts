import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import sinon from 'sinon';
import { type Carrier } from '../../src/delivery-service/carriers/carrier';
import { manualCarrier } from '../../src/delivery-service/carriers/manual-carrier';
import { createAcceptOrder } from '../../src/delivery-service/services/accept-order';
import { createShipmentProgress } from '../../src/delivery-service/workers/shipment-progress';
import { orderCreated } from '../../src/shared/contracts/messages';
import { createDatabase, type ServiceDatabase } from '../../src/shared/postgres/database';
import { createTestDatabase } from '../support/databases';
import { envelope, orderSnapshot } from '../support/messages';
import { rowsOf } from '../support/rows';
import { silentLogger } from '../support/service-pair';

const LIMITS = {
  DATABASE_POOL_MAX: 5,
  DATABASE_CONNECT_TIMEOUT_MS: 2_000,
  DATABASE_QUERY_TIMEOUT_MS: 2_000,
  DATABASE_PREPARED_STATEMENTS: true,
};

describe('the progress of shipments', () => {
  let url: string;
  let database: ServiceDatabase;
  before(async () => {
    url = await createTestDatabase('delivery-service');
    database = createDatabase(url, 'progress-test', LIMITS, silentLogger);
  });
  after(() => database.stop());

  /** Runs one step with a carrier that gives this answer, and returns the shipment. */
  async function stepWith(answer: Carrier['poll']) {
    const orderId = randomUUID();
    const message = orderCreated.parse(
      envelope({ type: 'ORDER_CREATED', order_id: orderId, payload: orderSnapshot }),
    );
    const origin = { actor: 'test', correlationId: 'c', traceparent: 't' };
    await createAcceptOrder({ db: database, firstPollInMs: 0, logger: silentLogger })({
      message,
      origin,
    });
    const carrier: Carrier = { name: 'test', firstPollInMs: 0, poll: answer };
    const progress = createShipmentProgress({
      db: database,
      carrier,
      logger: silentLogger,
    });
    expect(await progress.runOnce()).to.equal(0);
    const [row] = await rowsOf<{ status: string; wait: number }>(
      url,
      `SELECT status, EXTRACT(EPOCH FROM next_step_at - now())::float8 AS wait FROM shipments WHERE order_id = $1`,
      [orderId],
    );
    return { ...row!, rest: await progress.runOnce() };
  }

  it('given the manual carrier, then a due shipment is not changed', async () => {
    const { status, wait } = await stepWith((shipment) => manualCarrier().poll(shipment));
    expect(status).to.equal('PROCESSING');
    expect(wait).to.be.above(3_000);
  });

  it('given no news, then the shipment is not changed and the carrier is asked again at the time that it gave', async () => {
    const { status, wait, rest } = await stepWith(() =>
      Promise.resolve({ report: null, nextPollInMs: 3_600_000 }),
    );
    expect(status).to.equal('PROCESSING');
    expect(wait).to.be.within(3_500, 3_600);
    expect(rest).to.be.within(900, 1_000);
  });

  it('given a carrier that is unreachable or reports an illegal step, then the shipment is not changed and soon tried again', async () => {
    for (const answer of [
      () => Promise.reject(new Error('no answer')),
      () => Promise.resolve({ report: { status: 'DELIVERED' as const }, nextPollInMs: 0 }),
    ]) {
      const { status, wait } = await stepWith(answer);
      expect(status).to.equal('PROCESSING');
      expect(wait).to.be.within(3, 5);
    }
  });

  it('given a loop that crashes with a leased shipment, then the shipment is due again after the lease, not before', async () => {
    const { wait } = await stepWith(async () => {
      const [row] = await rowsOf<{ wait: number }>(
        url,
        "SELECT EXTRACT(EPOCH FROM max(next_step_at) - now())::float8 AS wait FROM shipments WHERE next_step_at < now() + interval '1 min'",
      );
      return { report: null, nextPollInMs: row!.wait * 1_000 };
    });
    expect(wait).to.be.within(8, 10);
  });

  it('given a database outage with a leased shipment, then the first step after it releases the shipment before the lease ends', async () => {
    const connect = sinon.stub(database.pool, 'connect').callThrough();
    const { wait } = await stepWith(() => {
      for (const call of [0, 1])
        connect.onCall(connect.callCount + call).rejects(new Error('Connection terminated'));
      return Promise.resolve({ report: null, nextPollInMs: 0 });
    }).finally(() => connect.restore());
    expect(wait, 'the step failed').to.be.within(8, 10);
    const [row] = await rowsOf<{ wait: number }>(
      url,
      `SELECT EXTRACT(EPOCH FROM next_step_at - now())::float8 AS wait FROM shipments ORDER BY created_at DESC LIMIT 1`,
    );
    expect(row!.wait).to.be.within(3, 5);
  });
});
