import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { ORDERS_QUEUE } from '../../../src/shared/contracts/queues';
import { resendEvents } from '../../../src/shared/event-log/outbox';
import { outboxScene, type OutboxScene, REFUSAL, takeSteps } from '../../support/outbox-scene';
import { countRows, rowsOf } from '../../support/rows';
import { formerEventLog, type FormerEventLog, OWNER } from '../../support/upgrade/former-event-log';
import { releaseWithoutOutbox } from '../../support/upgrade/previous-release';

/**
 * The modules of the last release without an outbox ("the previous version") beside the present ones, on one database and one queue. The
 * triggers for it exist until a release removes them.
 */
describe('outbox beside the previous version', function () {
  this.timeout(180_000);
  let scene: OutboxScene;
  let former: FormerEventLog;
  before(async function () {
    const release = await releaseWithoutOutbox(this);
    scene = await outboxScene();
    former = await formerEventLog(release, scene.url, scene.sqs.client);
  });
  beforeEach(async () => {
    await rowsOf(scene.url, 'TRUNCATE events, outbox, publications');
    scene.bad.clear();
    scene.sqs.sent.length = 0;
  });
  after(async () => {
    await former?.stop();
    await scene?.stop();
  });

  it('given an event that the previous version writes, then it waits for both relays, with subject and owner', async () => {
    const [id = ''] = await formerOrders(1);
    expect(await events(id)).to.deep.equal([
      { subject_id: id, subject_type: 'order', owner: OWNER, queue: ORDERS_QUEUE, is_published: false },
    ]);
    expect(await outbox(id)).to.deep.equal([{ version: 1, resend: 0, is_shared: true }]);
  });

  it('given an event that the relay of the previous version sends, then it leaves the outbox and has a publication', async () => {
    const [id = ''] = await formerOrders(1);
    await takeSteps(former.relay(), 2);
    await takeSteps(scene.relay(), 2);
    expect(sent(id)).to.deep.equal(['1:0']);
    expect([await outbox(id), await publications(id)]).to.deep.equal([[], [0]]);
  });

  it('given an event that this relay sends, then the previous version does not send it', async () => {
    const [id = ''] = await formerOrders(1);
    await takeSteps(scene.relay(), 2);
    await takeSteps(former.relay(), 2);
    expect(sent(id)).to.deep.equal(['1:0']);
    expect([await outbox(id), await publications(id)]).to.deep.equal([[], [0]]);
  });

  for (const sender of ['this', 'the previous'] as const) {
    it(`given an event that the previous version sends again, when ${sender} version does it, then only once`, async () => {
      const [id = ''] = await formerOrders(1);
      await takeSteps(former.relay(), 2);
      await former.resend([id]);
      expect(await outbox(id)).to.deep.equal([{ version: 1, resend: 1, is_shared: true }]);
      const relays = [scene.relay(), former.relay()];
      for (const relay of sender === 'this' ? relays : relays.reverse()) await takeSteps(relay, 2);
      expect(sent(id)).to.deep.equal(['1:0', '1:1']);
      expect([await outbox(id), await publications(id)]).to.deep.equal([[], [0, 1]]);
    });
  }

  it('given an event of this version that waits, when the previous version writes the next one, then it does not send that before', async () => {
    const [id = ''] = await scene.append(1, 1);
    await former.append([id], 2);
    await takeSteps(former.relay(), 2);
    expect(sent(id)).to.deep.equal([]);
    await takeSteps(scene.relay(), 3);
    expect(sent(id)).to.deep.equal(['1:0', '2:0']);
  });

  it('given a refused event with others behind it, when the previous version sends it, then this relay sends the others', async () => {
    const [id = ''] = await formerOrders(1);
    await scene.appendVersion([id], 2);
    scene.bad.add(id);
    const relay = scene.relay();
    await takeSteps(relay, 2);
    expect(await outbox(id, 'next_attempt_at IS NOT NULL')).to.have.length(2);
    scene.bad.clear();
    await takeSteps(former.relay(), 2);
    expect(sent(id)).to.deep.equal(['1:0']);
    await delay(1_100);
    await takeSteps(relay, 3);
    expect([sent(id), await outbox(id)]).to.deep.equal([['1:0', '2:0'], []]);
  });

  it('given an event that the previous version was refused, when this version sends it, then the previous one continues behind it', async () => {
    const [id = ''] = await formerOrders(1);
    scene.bad.add(id);
    await takeSteps(former.relay(), 2);
    expect(await countRows(scene.url, 'events', `last_error = '${REFUSAL}'`)).to.equal(1);
    scene.bad.clear();
    await takeSteps(scene.relay(), 2);
    await former.append([id], 2);
    await takeSteps(former.relay(), 2);
    expect(sent(id)).to.deep.equal(['1:0', '2:0']);
  });

  it('given both relays over many orders of both versions, then each order arrives once, in order, and nothing blocks', async () => {
    scene.sqs.before = () => delay(Math.random() * 20);
    const faults: unknown[] = [];
    let isWriting = true;
    const run = async (relay: { runOnce(): Promise<unknown> }): Promise<void> => {
      while (isWriting || (await countRows(scene.url, 'outbox')) > 0)
        await relay.runOnce().catch((error: unknown) => faults.push(error));
    };
    const running = [scene.relay(), former.relay(), scene.relay(), former.relay()].map(run);
    const ids = await writeAlternating(40, 10, 4);
    isWriting = false;
    await Promise.all(running);
    expect(faults).to.deep.equal([]);
    for (const id of ids) expect(sent(id)).to.deep.equal(['1:0', '2:0', '3:0', '4:0']);
    expect(await countRows(scene.url, 'publications')).to.equal(ids.length * 4);
    expect(await countRows(scene.url, 'events', 'queue IS NOT NULL AND published_at IS NULL')).to.equal(0);
    const [stats] = await rowsOf<{ deadlocks: string }>(
      scene.url,
      'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()',
    );
    expect(stats?.deadlocks).to.equal('0');
    scene.sqs.before = () => undefined;
  });

  it('given events that only this version sees, when the outbox is returned, then the previous version sends each, resends included', async () => {
    const [resent = '', done = ''] = await scene.append(2, 1);
    await takeSteps(scene.relay(), 2);
    const [waiting = ''] = await scene.append(1, 1);
    await scene.database.transaction((tx) =>
      resendEvents(tx, {
        subjectIds: [resent],
        type: 'TESTED',
        queue: ORDERS_QUEUE,
        afterSeconds: 0,
      }),
    );
    await returnOutbox();
    await takeSteps(former.relay(), 3);
    expect([waiting, resent, done].map(sent)).to.deep.equal([['1:0'], ['1:0', '1:1'], ['1:0']]);
    expect(await countRows(scene.url, 'outbox')).to.equal(0);
    expect([await publications(resent), await publications(done)]).to.deep.equal([[0, 1], [0]]);
  });

  it('given an event that the previous version sends again, when the outbox is returned before, then the previous version sends it', async () => {
    const [id = ''] = await formerOrders(1);
    await takeSteps(former.relay(), 2);
    await former.resend([id]);
    await returnOutbox();
    await takeSteps(former.relay(), 2);
    expect([sent(id), await outbox(id), await publications(id)]).to.deep.equal([['1:0', '1:1'], [], [0, 1]]);
  });

  async function formerOrders(count: number): Promise<string[]> {
    const ids = Array.from({ length: count }, () => String(randomUUID()));
    await former.append(ids, 1);
    return ids;
  }

  /** Groups of orders whose versions both versions write, in turns. */
  async function writeAlternating(groups: number, size: number, versions: number): Promise<string[]> {
    const written = Array.from({ length: groups }, async (_, group) => {
      const ids = Array.from({ length: size }, () => String(randomUUID()));
      await delay(group * 20);
      for (let version = 1; version <= versions; version += 1) {
        await ((group >> version) % 2 === 0
          ? former.append(ids, version)
          : scene.appendVersion(ids, version));
        await delay(Math.random() * 60);
      }
      return ids;
    });
    return (await Promise.all(written)).flat();
  }

  const returnOutbox = (): Promise<object[]> =>
    rowsOf(scene.url, 'SELECT return_outbox_to_previous_version($1)', [ORDERS_QUEUE]);

  /** What the queue delivers of an order, as `<version>:<resend>`: it drops repeats of a deduplication id. */
  const sent = (orderId: string): string[] => [
    ...new Set(
      scene.sqs.sent
        .filter(({ MessageGroupId }) => MessageGroupId === orderId)
        .map(({ MessageBody, MessageDeduplicationId: id }) => {
          const { version } = JSON.parse(MessageBody) as { version: number };
          return `${String(version)}:${id.split(':')[1] ?? '0'}`;
        }),
    ),
  ];

  const events = (orderId: string): Promise<object[]> =>
    rowsOf(
      scene.url,
      `SELECT subject_id, subject_type, owner, queue, published_at IS NOT NULL AS is_published
         FROM events WHERE order_id = $1 ORDER BY version`,
      [orderId],
    );

  const outbox = (orderId: string, condition = 'true'): Promise<object[]> =>
    rowsOf(
      scene.url,
      `SELECT version, resend, is_shared FROM outbox WHERE subject_id = $1 AND ${condition} ORDER BY version`,
      [orderId],
    );

  const publications = async (orderId: string): Promise<number[]> => {
    const rows = await rowsOf<{ resend: number }>(
      scene.url,
      'SELECT p.resend FROM publications p JOIN events e USING (seq) WHERE e.order_id = $1 ORDER BY p.resend',
      [orderId],
    );
    return rows.map(({ resend }) => resend);
  };
});
