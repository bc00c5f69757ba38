import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { Pool } from 'pg';
import { orderListUpdating } from '../../../src/order-service/orders/use-cases/update-order-list';
import { appendEvents } from '../../../src/shared/event-log/append-events';
import { giveFeedPositions } from '../../../src/shared/event-log/event-sequencer';
import { databaseOf } from '../../../src/shared/postgres/database';
import { type Database } from '../../../src/shared/postgres/queryable';
import { createTestDatabase } from '../../support/databases';
import { testSubject } from '../../support/outbox-scene';

describe('the steps of the order list', () => {
  let pool: Pool;
  let db: Database;
  before(async () => {
    pool = new Pool({ connectionString: await createTestDatabase('order-service'), max: 1 });
    db = databaseOf(pool);
  });
  after(() => pool.end());

  it('given many events, then each step reads the new events only, also with a plan that is kept', async () => {
    const step = orderListUpdating(db);
    const follow = async (): Promise<void> => {
      while ((await giveFeedPositions(db)) > 0);
      while ((await step()) !== 'nothing');
    };
    await place(3_000);
    await follow();
    const before = await eventsRead();
    for (let n = 0; n < 8; n += 1) {
      await place(1);
      await follow();
    }
    expect((await eventsRead()) - before).to.be.within(8, 200);
    const { rows } = await pool.query<{ count: number }>('SELECT count(*)::int AS count FROM order_list');
    expect(rows[0]!.count).to.equal(3_008);
  });

  /** Inserts orders with one event each. */
  async function place(count: number): Promise<void> {
    const { rows } = await pool.query<{ order_id: string }>(
      `INSERT INTO orders (order_id, client_id, customer_id, currency, total_minor, status, version, metadata, created_at, updated_at)
       SELECT gen_random_uuid(), 'c', 'c', 'EUR', 1, 'PENDING_SHIPMENT', 1, '{}', now(), now() FROM generate_series(1, $1)
       RETURNING order_id`,
      [count],
    );
    const event = {
      ...{ version: 1, type: 'TESTED', payload: {}, occurredAt: new Date(), queue: null },
      ...{ actor: 'test', correlationId: 'c', traceparent: 't' },
    };
    await db.transaction((tx) =>
      appendEvents(
        tx,
        rows.map(({ order_id: id }) => ({ ...event, ...testSubject(id), eventId: randomUUID() })),
      ),
    );
  }

  /** How many index entries of events the connection has read so far. */
  async function eventsRead(): Promise<number> {
    await pool.query('SELECT pg_stat_force_next_flush()');
    const { rows } = await pool.query<{ read: number }>(
      "SELECT idx_tup_read::int AS read FROM pg_stat_user_indexes WHERE indexrelname = 'events_pkey'",
    );
    return rows[0]!.read;
  }
});
