import { expect } from 'chai';
import { outboxScene, type OutboxScene } from '../../support/outbox-scene';

describe('full batches of the event relay', () => {
  let scene: OutboxScene;
  let calls: number[];
  beforeEach(async () => {
    scene = await outboxScene();
    calls = [];
    scene.sqs.refuseCall = (entries) => void calls.push(entries.length);
  });
  afterEach(() => scene.stop());

  it('given 23 orders, then a step sends the oldest 20 in full calls, and the next step the rest', async () => {
    const orderIds = await scene.append(23, 1);
    const loop = scene.relay();
    expect(await loop.runOnce(), 'the next step follows').to.equal(0);
    expect(scene.sqs.sent.map((entry) => entry.MessageGroupId)).to.have.members(orderIds.slice(0, 20));
    expect(await loop.runOnce()).to.equal(0);
    expect(scene.sqs.sent).to.have.length(23);
    expect(calls).to.deep.equal([10, 10, 3]);
    expect(await loop.runOnce()).to.equal('idle');
  });

  it('given events that come meanwhile, then the rest is sent with them', async () => {
    await scene.append(14, 1);
    const loop = scene.relay();
    await loop.runOnce();
    await scene.append(6, 1);
    await loop.runOnce();
    expect(calls).to.deep.equal([10, 10]);
  });

  it('given two queues, then the events of the one that has fewer than ten are not left', async () => {
    await scene.append(14, 1);
    await scene.append(3, 1, { queue: 'another.fifo' });
    await scene.relay().runOnce();
    expect(calls.sort()).to.deep.equal([10, 3]);
  });

  it('given refused events that are due, then they are sent in calls of their own, whatever the number of fresh events', async () => {
    const refused = await scene.append(2, 1, { isBad: true });
    const loop = scene.relay();
    await loop.runOnce();
    scene.bad.clear();
    await scene.makeAllDue();
    await scene.append(11, 1);
    calls = [];
    await loop.runOnce();
    expect(calls.sort()).to.deep.equal([1, 1, 10]);
    for (const orderId of refused) expect(scene.sentVersions(orderId)).to.deep.equal([1]);
  });

  it('given more events than a step reads, then none is left', async () => {
    await scene.append(207, 1);
    const loop = scene.relay();
    expect(await loop.runOnce()).to.equal('busy');
    await loop.runOnce();
    expect(scene.sqs.sent).to.have.length(207);
  });

  it('given later events of the orders that are left, then each order is sent in order', async () => {
    const orderIds = await scene.append(13, 3);
    const loop = scene.relay();
    while ((await loop.runOnce()) !== 'idle');
    for (const orderId of orderIds) expect(scene.sentVersions(orderId)).to.deep.equal([1, 2, 3]);
  });
});
