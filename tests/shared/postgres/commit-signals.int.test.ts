import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { Pool } from 'pg';
import { appendEvents, EVENTS_WRITTEN, OUTBOX_WRITTEN } from '../../../src/shared/event-log/append-events';
import { databaseOf } from '../../../src/shared/postgres/database';
import { byKey, commitSignal, type Database } from '../../../src/shared/postgres/queryable';
import { createTestDatabase } from '../../support/databases';
import { testSubject } from '../../support/outbox-scene';
import { thrownBy } from '../../support/thrown-by';

const TESTED = commitSignal('tested');

describe('transactions', () => {
  let pool: Pool;
  let db: Database;
  let given: string[];
  before(async () => (pool = new Pool({ connectionString: await createTestDatabase('order-service') })));
  after(() => pool.end());
  beforeEach(() => {
    db = databaseOf(pool);
    given = [];
    for (const signal of [TESTED, EVENTS_WRITTEN, OUTBOX_WRITTEN])
      db.onCommitted(signal, () => given.push(signal.name));
  });

  const event = (queue: string | null) => ({
    ...{
      ...testSubject(randomUUID()),
      eventId: randomUUID(),
      version: 1,
      type: 'TESTED',
      payload: {},
      queue,
    },
    ...{ actor: 'test', correlationId: 'c', traceparent: 't', occurredAt: new Date() },
  });

  it('given a signal that is registered twice, then it is given once, after the commit', async () => {
    await db.transaction(async (tx) => {
      tx.afterCommit(TESTED);
      tx.afterCommit(TESTED);
      await tx.query('SELECT 1');
      expect(given, 'not before the commit').to.deep.equal([]);
    });
    expect(given).to.deep.equal(['tested']);
  });

  it('given a transaction that is rolled back, or whose commit is refused, then no signal is given', async () => {
    const failing = db.transaction((tx) => {
      tx.afterCommit(TESTED);
      throw new Error('undone');
    });
    expect(String(await thrownBy(failing))).to.contain('undone');
    const refused = db.transaction((tx) => {
      tx.afterCommit(TESTED);
      tx.send('SELECT 1 / 0');
    });
    expect(await thrownBy(refused)).to.be.instanceOf(Error);
    expect(given).to.deep.equal([]);
  });

  it('given events, then the outbox is announced only if one of them is sent, and nothing if there is none', async () => {
    await db.transaction((tx) => appendEvents(tx, []));
    expect(given).to.deep.equal([]);
    await db.transaction((tx) => appendEvents(tx, [event(null)]));
    expect(given).to.deep.equal(['events written']);
    await db.transaction((tx) => appendEvents(tx, [event(null), event('orders-queue.fifo')]));
    expect(given).to.deep.equal(['events written', 'events written', 'outbox written']);
  });

  it('given a statement that asks for index scans, then only this one is planned so', async () => {
    const setting =
      "SELECT current_setting('enable_seqscan') || current_setting('enable_mergejoin') AS value";
    const values = await db.transaction(async (tx) => {
      const answers = [await tx.query(setting), await tx.query(byKey(setting)), await tx.query(setting)];
      return answers.map(({ rows }) => (rows[0] as { value: string }).value);
    });
    expect(values).to.deep.equal(['onon', 'offoff', 'onon']);
  });
});
