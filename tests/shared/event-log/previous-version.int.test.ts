import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { giveFeedPositions } from '../../../src/shared/event-log/event-sequencer';
import { outboxScene, type OutboxScene, REFUSAL, takeSteps } from '../../support/outbox-scene';
import { countRows, rowsOf } from '../../support/rows';
import { formerEventLog, type FormerEventLog } from '../../support/upgrade/former-event-log';
import { previousRelease } from '../../support/upgrade/previous-release';

/** The modules of the previous release beside the present ones, on one database and one queue. */
describe('event log beside the previous version', function () {
  this.timeout(60_000);
  let scene: OutboxScene;
  let former: FormerEventLog;
  before(async function () {
    const release = await previousRelease(this);
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

  it('given a refused event with others behind it, when the previous version sends it, then this relay sends the others', async () => {
    const [id = ''] = await formerOrders(1);
    await scene.appendVersion([id], 2);
    scene.bad.add(id);
    const relay = scene.relay();
    await takeSteps(relay, 2);
    expect(await outbox(id, 'next_attempt_at IS NOT NULL')).to.have.length(2);
    scene.bad.clear();
    await scene.makeAllDue();
    await takeSteps(former.relay(), 1);
    expect(sent(id)).to.deep.equal(['1:0']);
    await delay(1_100);
    await takeSteps(relay, 3);
    expect([sent(id), await outbox(id)]).to.deep.equal([['1:0', '2:0'], []]);
  });

  it('given an event that the previous version was refused, when this version sends it, then the previous one continues behind it', async () => {
    const [id = ''] = await formerOrders(1);
    scene.bad.add(id);
    await takeSteps(former.relay(), 2);
    expect(await countRows(scene.url, 'outbox', `last_error = '${REFUSAL}'`)).to.equal(1);
    scene.bad.clear();
    await scene.makeAllDue();
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
    const [stats] = await rowsOf<{ deadlocks: string }>(
      scene.url,
      'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()',
    );
    expect(stats?.deadlocks).to.equal('0');
    scene.sqs.before = () => undefined;
  });

  it('given the sequencers of both versions over many orders of both, then each event has one position, in the order of its versions', async () => {
    let isWriting = true;
    const run = async (step: () => Promise<unknown>): Promise<void> => {
      while (isWriting) await step();
    };
    const steps = [() => giveFeedPositions(scene.database), () => former.sequence()];
    const running = [...steps, ...steps].map(run);
    const ids = await writeAlternating(20, 10, 4);
    isWriting = false;
    await Promise.all(running);
    await giveFeedPositions(scene.database);
    const rows = await rowsOf<{ versions: number[] }>(
      scene.url,
      `SELECT array_agg(e.version ORDER BY f.position) AS versions
         FROM event_feed f JOIN events e USING (seq) WHERE e.subject_id = ANY ($1) GROUP BY e.subject_id`,
      [ids],
    );
    expect(rows).to.have.length(ids.length);
    for (const { versions } of rows) expect(versions).to.deep.equal([1, 2, 3, 4]);
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

  const outbox = (orderId: string, condition = 'true'): Promise<object[]> =>
    rowsOf(scene.url, `SELECT version FROM outbox WHERE subject_id = $1 AND ${condition} ORDER BY version`, [
      orderId,
    ]);

  const publications = async (orderId: string): Promise<number[]> => {
    const rows = await rowsOf<{ resend: number }>(
      scene.url,
      'SELECT p.resend FROM publications p JOIN events e USING (seq) WHERE e.order_id = $1 ORDER BY p.resend',
      [orderId],
    );
    return rows.map(({ resend }) => resend);
  };
});
