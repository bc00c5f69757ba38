import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { Client } from 'pg';
import { ORDERS_QUEUE } from '../../../src/shared/contracts/queues';
import { lockHeads, resendEvents } from '../../../src/shared/event-log/outbox';
import { createOutboxFloor, type OutboxFloor } from '../../../src/shared/event-log/outbox-floor';
import { eventually } from '../../support/eventually';
import { outboxScene, takeSteps, type OutboxScene } from '../../support/outbox-scene';
import { rowsOf } from '../../support/rows';

/** Each raise is due: the clock goes on by a quarter of a second. */
const RAISE_MS = 250;

describe('the floor of the outbox', () => {
  let scene: OutboxScene;
  let floor: OutboxFloor;
  let now: number;
  /** Connections with an open transaction. */
  const open: Client[] = [];
  beforeEach(async () => {
    scene = await outboxScene();
    now = 0;
    floor = createOutboxFloor(scene.database, () => now);
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((client) => client.end()));
    await scene.stop();
  });

  async function raise(times = 2): Promise<number> {
    for (let count = 0; count < times; count += 1) {
      now += RAISE_MS;
      await floor.raise();
    }
    return position();
  }

  /** Other transactions of the server, such as those of autovacuum, can hold the floor for a moment. */
  const raisedTo = (expected: number) => eventually(async () => expect(await raise(1)).to.equal(expected));

  /** Without the reading from the beginning, which a test requests with the clock. */
  function position(): number {
    return Number(floor.position());
  }

  /** The orders whose events the relay would send now. */
  const found = async (): Promise<string[]> => {
    const query = { limit: 1_000, retries: 0, after: floor.position() };
    return scene.database.transaction(async (tx) =>
      (await lockHeads(tx, query)).map(({ subjectId }) => subjectId),
    );
  };

  it('given an outbox that was never written, when the first event comes, then it is found', async () => {
    await raise(4);
    const orders = await scene.append(1, 1);
    expect(await found()).to.deep.equal(orders);
  });

  it('given events that were sent, then the floor rises behind them, at most every 250 ms', async () => {
    await scene.append(50, 1);
    await takeSteps(scene.relay(), 2);
    expect(await raise(1)).to.equal(0);
    await floor.raise();
    expect(position(), 'raised too early').to.equal(0);
    await raisedTo(50);
  });

  it('given an event that waits, then the floor stays below it', async () => {
    await scene.append(5, 1);
    await takeSteps(scene.relay(), 1);
    const waiting = await scene.append(1, 1);
    await raise(4);
    const later = await scene.append(1, 1);
    await raisedTo(5);
    expect(await raise(4)).to.equal(5);
    expect(await found()).to.deep.equal([...waiting, ...later]);
  });

  it('given a transaction that took its position before the mark and commits after later ones were sent, then its event is found', async () => {
    const slow = await openTransaction();
    const slowOrder = await slow.insert();
    await scene.append(20, 1);
    await takeSteps(scene.relay(), 2);
    expect(await raise(5), 'held by the open transaction').to.be.below(slow.position());
    await slow.end('COMMIT');
    await raise(5);
    expect(await found()).to.deep.equal([slowOrder]);
  });

  it('given a transaction that begins between the two parts of a raise, then its event is found', async () => {
    const writers: Awaited<ReturnType<typeof openTransaction>>[] = [];
    const orders: string[] = [];
    floor = createOutboxFloor(
      {
        query: async (statement, values) => {
          if (writers.length < 6) {
            writers.push(await openTransaction());
            orders.push(await writers.at(-1)!.insert());
          }
          return scene.database.query(statement, values);
        },
      },
      () => now,
    );
    await raise(3);
    for (const writer of writers) await writer.end('COMMIT');
    await raise(3);
    expect(await found()).to.have.members(orders);
  });

  it('given a transaction that rolls back, then it holds the floor only until its end', async () => {
    const failed = await openTransaction();
    await failed.insert();
    await scene.append(3, 1);
    await takeSteps(scene.relay(), 1);
    expect(await raise(4)).to.be.below(failed.position());
    await failed.end('ROLLBACK');
    await raisedTo(4);
  });

  it('given long transactions that read the outbox or write elsewhere, then the floor rises', async () => {
    const [reader, writer] = [await connected(), await connected()];
    await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM outbox');
    await writer.query('BEGIN; CREATE TABLE written (); SELECT pg_current_xact_id()');
    await scene.append(7, 1);
    await takeSteps(scene.relay(), 1);
    await raisedTo(7);
  });

  it('given held events that are released and an event that is sent again, then they are found behind the floor', async () => {
    const [held = ''] = await scene.append(1, 2, { isBad: true });
    const [again = ''] = await scene.append(1, 1);
    await takeSteps(scene.relay(), 2);
    await scene.append(3, 1);
    await takeSteps(scene.relay(), 2);
    await raisedTo(6);
    expect(await found()).to.deep.equal([]);
    scene.bad.clear();
    await scene.makeAllDue();
    await scene.relay().runOnce();
    const resend = { subjectIds: [again], type: 'TESTED', queue: ORDERS_QUEUE, afterSeconds: 0 };
    await scene.database.transaction((tx) => resendEvents(tx, resend));
    await raise(4);
    expect(await found()).to.deep.equal([held, again]);
  });

  it('given ten seconds, then the outbox is read once from its beginning, and less often when that takes long or fails', async () => {
    await scene.append(4, 1);
    await takeSteps(scene.relay(), 1);
    await raisedTo(4);
    expect(now, 'raised in time').to.be.below(9_999);
    now = 9_999;
    expect(position()).to.equal(4);
    const reads = (at: number, tookMs: number | null): number[] => {
      now = at;
      const first = position();
      if (tookMs !== null) floor.hasRead(tookMs);
      return [first, position()];
    };
    expect(reads(10_000, 5)).to.deep.equal([0, 4]);
    expect(reads(19_999, 5)).to.deep.equal([4, 4]);
    expect(reads(20_000, 300)).to.deep.equal([0, 4]);
    expect(reads(49_999, 5)).to.deep.equal([4, 4]);
    expect(reads(50_000, null), 'failed').to.deep.equal([0, 4]);
    expect(reads(109_999, 5)).to.deep.equal([4, 4]);
    expect(reads(110_000, 5)).to.deep.equal([0, 4]);
  });

  it('given a floor that cannot be read, then the relay sends all the same', async () => {
    const orders = await scene.append(3, 1);
    await rowsOf(scene.url, 'ALTER SEQUENCE outbox_position_seq RENAME TO unreadable');
    await takeSteps(scene.relay(), 1);
    expect(scene.sqs.sent.map(({ MessageGroupId }) => MessageGroupId)).to.have.members(orders);
  });

  it('given a database that was restored to an earlier state, then new events with earlier positions are found', async () => {
    await scene.append(30, 1);
    await takeSteps(scene.relay(), 1);
    await raisedTo(30);
    await rowsOf(scene.url, "SELECT setval('outbox_position_seq', 10)");
    await raise(3);
    const orders = await scene.append(1, 1);
    expect(await found()).to.deep.equal(orders);
  });

  async function connected(): Promise<Client> {
    const client = new Client({ connectionString: scene.url });
    await client.connect();
    open.push(client);
    return client;
  }

  /** A transaction on a connection of its own, which inserts an event. */
  async function openTransaction() {
    const client = await connected();
    await client.query('BEGIN');
    let at = 0;
    return {
      position: () => at,
      async insert(): Promise<string> {
        const orderId = String(randomUUID());
        const { rows } = await client.query<{ position: string }>(
          `WITH logged AS (
           INSERT INTO events (event_id, subject_type, subject_id, owner, version, type, payload, actor, correlation_id, traceparent, occurred_at)
           VALUES (gen_random_uuid(), 'order', $1, 'o', 1, 'TESTED', '{}', 'a', 'c', 't', now()) RETURNING seq)
           INSERT INTO outbox (seq, subject_id, version, queue) SELECT seq, $1, 1, '${ORDERS_QUEUE}' FROM logged RETURNING position`,
          [orderId],
        );
        at = Number(rows[0]!.position);
        return orderId;
      },
      end: (how: 'COMMIT' | 'ROLLBACK') => client.query(how),
    };
  }
});
