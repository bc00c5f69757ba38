import { expect } from 'chai';
import { countUnpublished } from '../../../src/shared/event-log/outbox';
import { type BackgroundLoop } from '../../../src/shared/runtime/background-loop';
import { outboxScene, REFUSAL, takeSteps, type OutboxScene } from '../../support/outbox-scene';
import { rowsOf } from '../../support/rows';

describe('events that the queue refuses', function () {
  this.timeout(120_000);
  let scene: OutboxScene;
  beforeEach(async () => (scene = await outboxScene()));
  afterEach(() => scene.stop());

  it('given 2 000 refused events, when an order is placed, then the next step sends its event, restarted or not', async () => {
    await scene.append(2_000, 1, { isBad: true });
    const loop = scene.relay();
    await takeSteps(loop, 11);
    const [first] = await scene.append(1, 1);
    await loop.runOnce();
    expect(scene.sentVersions(first!), 'by the same relay').to.deep.equal([1]);
    const [second] = await scene.append(1, 1);
    await scene.relay().runOnce();
    expect(scene.sentVersions(second!), 'by a newly started relay').to.deep.equal([1]);
    await scene.makeAllDue();
    const [third] = await scene.append(1, 1);
    await scene.relay().runOnce();
    expect(scene.sentVersions(third!), 'when all are due for a retry').to.deep.equal([1]);
    expect(await countUnpublished(scene.database)).to.equal(2_000);
  });

  it('given 500 refused orders with six events each, and more arriving, then the next step sends an ordinary event', async () => {
    const orders = await scene.append(500, 6, { isBad: true });
    const loop = scene.relay();
    await takeSteps(loop, 4);
    const [first] = await scene.append(1, 1);
    await loop.runOnce();
    expect(scene.sentVersions(first!)).to.deep.equal([1]);
    await scene.appendVersion(orders, 7);
    const [second] = await scene.append(1, 1);
    await takeSteps(loop, 4);
    expect(scene.sentVersions(second!)).to.deep.equal([1]);
    expect(scene.sqs.sent).to.have.length(2);
  });

  it('given steps in which every event is refused, then no step fails and the loop continues at its pace', async () => {
    await scene.append(250, 1, { isBad: true });
    const loop = scene.relay();
    expect([await loop.runOnce(), await loop.runOnce(), await loop.runOnce()]).to.deep.equal([
      'busy',
      'idle',
      'idle',
    ]);
    expect(scene.refusals).to.equal(250);
  });

  it('given two relays over refused and ordinary orders, then each ordinary event is sent once and in order', async () => {
    await scene.append(300, 3, { isBad: true });
    const good = await scene.append(300, 3);
    const drain = async (loop: BackgroundLoop): Promise<void> => {
      while ((await countUnpublished(scene.database)) > 900) await loop.runOnce();
    };
    await Promise.all([drain(scene.relay()), drain(scene.relay())]);
    expect(scene.sqs.sent).to.have.length(900);
    for (const orderId of good) expect(scene.sentVersions(orderId)).to.deep.equal([1, 2, 3]);
    expect(scene.refusals, 'each refused head was tried once').to.equal(300);
  });

  it('given an event that is repeatedly refused, then the stored retry interval grows up to some minutes', async () => {
    const [orderId] = await scene.append(1, 1, { isBad: true });
    const waits: number[] = [];
    for (let attempt = 1; attempt <= 12; attempt += 1) {
      await scene.relay().runOnce();
      const [row] = await rowsOf<{ attempts: number; wait: number; last_error: string }>(
        scene.url,
        `SELECT attempts, extract(epoch FROM next_attempt_at - now())::float8 AS wait, last_error FROM outbox
          WHERE subject_id = $1`,
        [orderId],
      );
      expect([row!.attempts, row!.last_error]).to.deep.equal([attempt, REFUSAL]);
      waits.push(row!.wait);
      await scene.relay().runOnce();
      expect(await scene.attemptsOf(orderId!), 'not before it is due').to.equal(attempt);
      await scene.makeAllDue();
    }
    expect(waits[0]).to.be.within(2, 7);
    for (let n = 1; n < 6; n += 1) expect(waits[n]).to.be.above(waits[n - 1]!);
    expect(waits[11]).to.be.within(200, 400);
  });

  it('given a removed cause, then the event is sent at its next attempt, its order follows in order, and nothing of it is left in the outbox', async () => {
    const [orderId] = await scene.append(1, 3, { isBad: true });
    await scene.relay().runOnce();
    scene.bad.clear();
    await scene.relay().runOnce();
    expect(scene.sentVersions(orderId!), 'not before it is due').to.deep.equal([]);
    await scene.makeAllDue();
    await takeSteps(scene.relay(), 3);
    expect(scene.sentVersions(orderId!)).to.deep.equal([1, 2, 3]);
    expect(await rowsOf(scene.url, 'SELECT * FROM outbox')).to.deep.equal([]);
  });

  it('given a refused head that was published or deleted elsewhere, then its later events do not wait for ever', async () => {
    const [published, removed] = await scene.append(2, 3, { isBad: true });
    await scene.relay().runOnce();
    scene.bad.clear();
    const sent = `WITH sent AS (DELETE FROM outbox WHERE subject_id = $1 AND version = 1 RETURNING seq, resend)
                  INSERT INTO publications SELECT seq, resend, now() FROM sent`;
    await rowsOf(scene.url, sent, [published]);
    await rowsOf(scene.url, 'DELETE FROM outbox WHERE subject_id = $1 AND version = 1', [removed]);
    await takeSteps(scene.relay(), 3);
    expect([scene.sentVersions(published!), scene.sentVersions(removed!)]).to.deep.equal([
      [2, 3],
      [2, 3],
    ]);
  });
});
