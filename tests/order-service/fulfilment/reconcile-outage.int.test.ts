import { BAD_GATEWAY, UNAVAILABLE } from '../../../src/shared/contracts/problem';
import { expect } from 'chai';
import { Pool } from 'pg';
import { createOrderReconciler } from '../../../src/order-service/fulfilment/workers/reconciliation';
import { AppError } from '../../../src/shared/errors';
import { type Logger } from '../../../src/shared/observability/logger';
import { databaseOf } from '../../../src/shared/postgres/database';
import { type ServiceClient } from '../../../src/shared/resilience/service-client';
import { createTestDatabase } from '../../support/databases';
import { listInsertedOrders } from '../../support/order-list';

const AFTER_SECONDS = 60;

const ignore = (): void => undefined;
const quiet: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };

describe('the reconciler during an outage', () => {
  let pool: Pool;
  let repaired: [kind: string, count: number][];
  let logged: unknown[];
  before(async () => {
    pool = new Pool({ connectionString: await createTestDatabase('order-service') });
  });
  after(() => pool.end());
  beforeEach(async () => {
    repaired = [];
    logged = [];
    await pool.query('TRUNCATE events');
    await pool.query('TRUNCATE orders, order_list, order_checks CASCADE');
    await pool.query(`
      INSERT INTO orders (order_id, client_id, customer_id, currency, total_minor, status, version, metadata, created_at, updated_at, checked_at)
      SELECT gen_random_uuid(), 'c', 'c', 'EUR', 1, 'PENDING_SHIPMENT', 1, '{}', hour_ago, hour_ago, hour_ago
        FROM generate_series(1, 35), (SELECT now() - interval '1 hour' AS hour_ago) AS t`);
    await listInsertedOrders(pool);
  });

  it('given an outage in the middle of a step, then completed repairs are kept, and the other orders are compared again soon', async () => {
    let asked = 0;
    const step = reconcile(() => {
      asked += 1;
      if (asked > 10) throw new AppError(UNAVAILABLE, 'away');
    });
    expect(await step.catch((thrown: unknown) => thrown)).to.have.property('message', 'away');
    expect(asked).to.equal(20);
    expect(repaired).to.deep.include(['caught_up', 10]);
    expect(await comparedSoon()).to.equal(25);
  });

  it('given one order that is never answered, then the other orders do not wait for it', async () => {
    let bad: string | undefined;
    const step = reconcile((orderId) => {
      bad ??= orderId;
      if (bad === orderId) throw new AppError(UNAVAILABLE, 'no valid answer');
    });
    expect(await step).to.equal('busy');
    expect(repaired).to.deep.include(['caught_up', 34]);
    expect(await comparedSoon()).to.equal(1);
  });

  it('given one order whose answers are permanently invalid, then it alone fails, is not sent again, and waits its usual time', async () => {
    const { rows } = await pool.query<{ order_id: string }>(
      'SELECT order_id FROM orders ORDER BY 1 OFFSET 17 LIMIT 1',
    );
    const bad = rows[0]!.order_id;
    await pool.query(`WITH logged AS (
        INSERT INTO events (event_id, subject_type, subject_id, owner, version, type, payload, actor, correlation_id, traceparent, occurred_at)
        SELECT gen_random_uuid(), 'order', order_id, client_id, 1, 'ORDER_CREATED', '{}', 'c', 'c', 't', now() FROM orders RETURNING seq)
      INSERT INTO publications SELECT seq, 0, now() - interval '1 day' FROM logged`);
    const lookUps: number[] = [];
    const step = reconcile(
      () => undefined,
      (orderIds) => {
        lookUps.push(orderIds.length);
        if (orderIds.includes(bad)) throw new AppError(BAD_GATEWAY, 'answered with 500');
      },
    );
    expect(await step).to.equal('busy');
    expect(repaired).to.deep.include(['caught_up', 34]);
    expect(repaired).to.deep.include(['created_resent', 0]);
    expect(logged).to.deep.equal([{ order_id: bad, error: 'answered with 500' }]);
    expect(lookUps.length, 'the batch is bisected').to.be.below(15);
    expect(await comparedSoon()).to.equal(0);
  });

  /** One step with a Delivery Service that has a message for each order. */
  function reconcile(
    beforeEvents: (orderId: string) => void,
    beforeLookUp: (orderIds: readonly string[]) => void = () => undefined,
  ): Promise<unknown> {
    const get = (path: string, _: unknown, { order_id: ids = [] }: { order_id?: string[] }) =>
      Promise.resolve().then(() => {
        const orderId = path.split('/')[2];
        if (orderId) beforeEvents(orderId);
        else beforeLookUp(ids);
        if (orderId) return { data: [{ order_id: orderId }] };
        const shipment = { version: 1, status: 'PROCESSING', attempts: 0 };
        return { data: ids.map((id) => ({ order_id: id, shipment_id: id, ...shipment })) };
      });
    return createOrderReconciler({
      db: databaseOf(pool),
      afterSeconds: AFTER_SECONDS,
      deliveryService: { get } as unknown as ServiceClient,
      applyShipmentStatus: () => Promise.resolve('next'),
      logger: {
        ...quiet,
        error: (_, fields) => logged.push(fields),
      },
      metrics: {
        ordersRepaired: (kind, count) => repaired.push([kind, count]),
      },
    }).runOnce();
  }

  async function comparedSoon(): Promise<number> {
    const sql = `SELECT FROM order_checks WHERE checked_at < now() - make_interval(secs => ${AFTER_SECONDS / 2})`;
    return (await pool.query(sql)).rowCount ?? 0;
  }
});
