import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { Client } from 'pg';
import { ORDERS_QUEUE } from '../../../src/shared/contracts/queues';
import { OUTBOX_WRITTEN } from '../../../src/shared/event-log/append-events';
import {
  dropRefusedEvents,
  listRefusedEvents,
  retryRefusedEvents,
  subjectsWithDropped,
  type RefusedEvent,
} from '../../../src/shared/event-log/manage-refused-events';
import { countUnpublished, resendEvents } from '../../../src/shared/event-log/outbox';
import { eventsWithPublication } from '../../../src/shared/event-log/read-events';
import { outboxScene, REFUSAL, takeSteps, type OutboxScene } from '../../support/outbox-scene';
import { recordingLogger, type RecordedLine } from '../../support/recorded-log';
import { countRows, rowsOf } from '../../support/rows';

describe('operations on refused events', function () {
  this.timeout(60_000);
  let scene: OutboxScene;
  let lines: RecordedLine[];
  let retryLines: RecordedLine[];
  beforeEach(async () => {
    scene = await outboxScene();
    [lines, retryLines] = [[], []];
  });
  afterEach(() => scene.stop());
  /** Orders whose first event was refused; the others of the order wait. */
  async function refusedOrders(count: number, versions = 1): Promise<string[]> {
    const orders = await scene.append(count, versions, { isBad: true });
    await takeSteps(scene.relay(), Math.ceil(count / 200) + 1);
    expect((await allRefused()).length).to.be.at.least(count);
    return orders;
  }

  const allRefused = (): Promise<RefusedEvent[]> => listRefusedEvents(scene.database, '0', 100_000);

  async function eventIdsOf(orders: readonly string[]): Promise<string[]> {
    const refused = new Map((await allRefused()).map((event) => [event.subjectId, event.eventId]));
    return orders.map((order) => refused.get(order)!);
  }

  const depsWith = (log: RecordedLine[]) => ({ db: scene.database, logger: recordingLogger('test', log) });
  const retry = (ids: readonly string[] | null) =>
    retryRefusedEvents(depsWith(retryLines), ids, 'operator-1');
  const drop = (ids: readonly string[] | null, actor = 'operator-1') =>
    dropRefusedEvents(depsWith(lines), ids, actor);

  describe('list', () => {
    it('given refused events beside fresh and held ones, then pages contain each refused one once, oldest first, with reason and held count', async () => {
      const orders = await refusedOrders(5, 3);
      await scene.append(4, 1);
      const pages: RefusedEvent[][] = [];
      for (let after = '0'; ;) {
        const page = await listRefusedEvents(scene.database, after, 2);
        if (page.length === 0) break;
        pages.push(page);
        after = page.at(-1)!.seq;
      }
      expect(pages.map(({ length }) => length)).to.deep.equal([2, 2, 1]);
      const listed = pages.flat();
      expect(listed.map(({ subjectId }) => subjectId)).to.deep.equal(orders);
      for (const event of listed)
        expect(event).to.deep.include({
          version: 1,
          type: 'TESTED',
          subjectType: 'order',
          queue: ORDERS_QUEUE,
          attempts: 1,
          lastError: REFUSAL,
          heldEvents: 2,
        });
    });
  });

  describe('retry', () => {
    it('given a removed cause, when one, some and then all are retried, then only these are sent, with their orders in sequence', async () => {
      const orders = await refusedOrders(6, 3);
      scene.bad.clear();
      const ids = await eventIdsOf(orders);
      const sent = async () => {
        await takeSteps(scene.relay(), 4);
        return orders.map((order) => scene.sentVersions(order).join(''));
      };
      expect(await retry(ids.slice(0, 1))).to.equal(1);
      expect(await sent()).to.deep.equal(['123', '', '', '', '', '']);
      expect(await retry(ids.slice(1, 3))).to.equal(2);
      expect(retryLines[1]).to.include({ actor: 'operator-1', retried: 2 });
      expect(await sent()).to.deep.equal(['123', '123', '123', '', '', '']);
      expect(await retry(null)).to.equal(3);
      expect(await sent()).to.deep.equal(Array(6).fill('123'));
      expect(await countUnpublished(scene.database)).to.equal(0);
    });

    it('given a cause that persists, then the event is refused again and keeps its growing interval', async () => {
      const [order = ''] = await refusedOrders(1);
      await retry(null);
      await scene.relay().runOnce();
      expect(await scene.attemptsOf(order)).to.equal(2);
      await scene.relay().runOnce();
      expect(await scene.attemptsOf(order), 'not before it is due').to.equal(2);
    });

    it('given a retry or a drop, then the relay is woken', async () => {
      await refusedOrders(2);
      let woken = 0;
      scene.database.onCommitted(OUTBOX_WRITTEN, () => (woken += 1));
      await retry(null);
      await drop(null);
      expect(woken).to.equal(2);
    });
  });

  describe('unknown, unrefused and locked events', () => {
    it('given ids of other events, then they are skipped and stay as they are', async () => {
      const [refused = ''] = await refusedOrders(1, 2);
      const [fresh = ''] = await scene.append(1, 1);
      const others = await rowsOf<{ event_id: string }>(
        scene.url,
        'SELECT event_id FROM events WHERE subject_id = $1 OR (subject_id = $2 AND version = 2)',
        [fresh, refused],
      );
      const ids = [...others.map(({ event_id: id }) => id), randomUUID()];
      expect(ids).to.have.length(3);
      const before = await rowsOf(scene.url, 'SELECT * FROM outbox ORDER BY position');
      expect([await retry(ids), await drop(ids)]).to.deep.equal([0, 0]);
      expect(await rowsOf(scene.url, 'SELECT * FROM outbox ORDER BY position')).to.deep.equal(before);
      expect(lines).to.deep.equal([]);
    });

    it('given an event that a relay is sending, then it is left to the relay, and the operations do not wait', async () => {
      const [sending = '', other = ''] = await refusedOrders(2);
      const relay = new Client({ connectionString: scene.url });
      await relay.connect();
      await relay.query('BEGIN');
      await relay.query('SELECT FROM outbox WHERE subject_id = $1 FOR UPDATE', [sending]);
      expect(await retry(null)).to.equal(1);
      expect(await drop(null)).to.equal(1);
      await relay.query('ROLLBACK');
      await relay.end();
      expect((await allRefused()).map(({ subjectId }) => subjectId)).to.deep.equal([sending]);
      expect(await countRows(scene.url, 'dropped_events')).to.equal(1);
      expect(lines.map((line) => line['order_id'])).to.deep.equal([other]);
    });
  });

  describe('drop', () => {
    it('given events that wait behind a dropped one, then they are sent in sequence, and the dropped one stays in the log, unpublished', async () => {
      const [order = ''] = await refusedOrders(1, 3);
      const [event] = await allRefused();
      scene.bad.clear();
      expect(await drop([event!.eventId])).to.equal(1);
      await takeSteps(scene.relay(), 3);
      expect(scene.sentVersions(order)).to.deep.equal([2, 3]);
      const log = await eventsWithPublication(scene.database, order);
      expect(log.map(({ version, publishedAt }) => [version, publishedAt !== null])).to.deep.equal([
        [1, false],
        [2, true],
        [3, true],
      ]);
    });

    it('given a drop, then the log has each event with its reason and the actor, and so has the database', async () => {
      const [order = ''] = await refusedOrders(1);
      const [event] = await allRefused();
      await drop(null, 'operator-7');
      expect(lines).to.have.length(1);
      expect(lines[0]).to.deep.include({
        level: 'warn',
        message: 'refused event dropped',
        order_id: order,
        event_id: event!.eventId,
        version: 1,
        queue: ORDERS_QUEUE,
        attempts: 1,
        error: REFUSAL,
        actor: 'operator-7',
      });
      expect(await rowsOf(scene.url, 'SELECT seq, dropped_by, last_error FROM dropped_events')).to.deep.equal(
        [{ seq: event!.seq, dropped_by: 'operator-7', last_error: REFUSAL }],
      );
    });

    it('given a dropped event, when lost events are sent again, then it is not, and a published one is', async () => {
      const [dropped = ''] = await refusedOrders(1);
      const [lost = ''] = await scene.append(1, 1);
      await scene.relay().runOnce();
      await drop(null);
      scene.bad.clear();
      const resend = { subjectIds: [dropped, lost], type: 'TESTED', queue: ORDERS_QUEUE, afterSeconds: 0 };
      const again = await scene.database.transaction((tx) => resendEvents(tx, resend));
      expect(again.map(({ subjectId }) => subjectId)).to.deep.equal([lost]);
      await scene.relay().runOnce();
      expect(scene.sentVersions(dropped)).to.deep.equal([]);
      expect(await subjectsWithDropped(scene.database, [dropped, lost], 'TESTED')).to.deep.equal(
        new Set([dropped]),
      );
      expect(await subjectsWithDropped(scene.database, [dropped], 'ANOTHER')).to.deep.equal(new Set());
    });

    it('given an event that was published, sent again and refused then, when that repeat is dropped, then it is not sent again either', async () => {
      const [order = ''] = await scene.append(1, 1);
      await scene.relay().runOnce();
      scene.bad.add(order);
      const resend = { subjectIds: [order], type: 'TESTED', queue: ORDERS_QUEUE, afterSeconds: 0 };
      const again = () => scene.database.transaction((tx) => resendEvents(tx, resend));
      expect(await again()).to.have.length(1);
      await scene.relay().runOnce();
      expect(await drop(null)).to.equal(1);
      expect(await again()).to.deep.equal([]);
      expect(scene.sentVersions(order)).to.deep.equal([1]);
    });

    it('given 2 500 refused events of two versions, when all are dropped, then none is left, and the second versions are sent', async () => {
      const orders = await refusedOrders(2_500, 2);
      expect(await drop(null)).to.equal(2_500);
      expect([await allRefused(), lines.length]).to.deep.equal([[], 2_500]);
      expect(await countRows(scene.url, 'dropped_events')).to.equal(2_500);
      scene.bad.clear();
      await takeSteps(scene.relay(), 14);
      for (const order of orders) expect(scene.sentVersions(order)).to.deep.equal([2]);
      expect(await countUnpublished(scene.database)).to.equal(0);
    });

    it('given two operators at once, then each event is dropped and logged once', async () => {
      const orders = await refusedOrders(1_200);
      const dropped = await Promise.all([drop(null, 'operator-1'), drop(null, 'operator-2')]);
      expect(dropped[0] + dropped[1]).to.equal(1_200);
      expect(lines.map((line) => line['order_id'])).to.have.members(orders);
      expect(await countRows(scene.url, 'dropped_events')).to.equal(1_200);
    });

    it('given a retry and a drop at once, then every event is either sent or dropped', async () => {
      const orders = await refusedOrders(300);
      scene.bad.clear();
      const loop = scene.relay();
      const relayed = (async () => {
        while ((await countUnpublished(scene.database)) > 0) await loop.runOnce();
      })();
      const dropAll = async () => {
        while ((await countUnpublished(scene.database)) > 0) await drop(null);
      };
      await Promise.all([retry(null), dropAll(), relayed]);
      const sent = orders.filter((order) => scene.sentVersions(order).length > 0);
      expect(sent.length + lines.length).to.equal(300);
      expect(await countRows(scene.url, 'publications')).to.equal(sent.length);
    });
  });
});
