import { expect } from 'chai';
import sinon from 'sinon';
import { AppError, PoisonMessageError } from '../../../src/shared/errors';
import { createQueueConsumer } from '../../../src/shared/queue/queue-consumer';
import { fakeSqs, received, type FakeSqs } from '../../support/fake-sqs';
import { silentLogger } from '../../support/service-pair';

describe('a queue consumer', () => {
  let sqs: FakeSqs;
  let handled: string[];
  beforeEach(() => {
    sqs = fakeSqs();
    handled = [];
  });
  afterEach(() => sinon.restore());

  const consumer = (handle: (body: string) => Promise<void> = () => Promise.resolve()) =>
    createQueueConsumer({
      client: sqs.client,
      pollingClient: sqs.client,
      resolveQueueUrl: () => Promise.resolve('url'),
      queue: 'q.fifo',
      logger: silentLogger,
      async handle(body) {
        handled.push(body);
        await handle(body);
      },
    });

  it('given a batch of several groups, then groups run side by side and each in order', async () => {
    sqs.batches = [[received('a', 'a1'), received('a', 'a2'), received('b', 'b1'), received('b', 'b2')]];
    let releaseA1: () => void = () => undefined;
    const a1 = new Promise<void>((resolve) => (releaseA1 = resolve));
    await consumer(async (body) => {
      if (body === 'a1') await a1;
      if (body === 'b2') releaseA1();
    }).runOnce();
    expect(handled).to.deep.equal(['a1', 'b1', 'b2', 'a2']);
    expect(sqs.deleted).to.have.members(['a1', 'a2', 'b1', 'b2']);
  });

  it('given a message that fails, then what is behind it in its group is untouched and given back with it', async () => {
    sqs.batches = [[received('a', 'a1'), received('a', 'a2', 3), received('a', 'a3'), received('b', 'b1')]];
    await consumer((body) => (body === 'a2' ? Promise.reject(new Error('no')) : Promise.resolve())).runOnce();
    expect(handled).not.to.include('a3');
    expect(sqs.deleted).to.have.members(['a1', 'b1']);
    expect(sqs.visibility).to.deep.equal([
      ['a2', 4],
      ['a3', 4],
    ]);
  });

  it('given something that is only unavailable, then it comes again later and later, over two minutes in all', async () => {
    sqs.batches = [1, 2, 3, 4, 5].map((receives) => [received('a', `a${receives}`, receives)]);
    const loop = consumer(() => Promise.reject(new AppError('unavailable', 'the database is away')));
    for (let receive = 0; receive < 5; receive += 1) await loop.runOnce();
    expect(sqs.visibility.map(([, seconds]) => seconds)).to.deep.equal([1, 4, 16, 60, 60]);
  });

  it('given poison, then it comes again at once, to reach the dead letters soon', async () => {
    sqs.batches = [[received('a', 'a1', 2)]];
    await consumer(() => Promise.reject(new PoisonMessageError('bad'))).runOnce();
    expect(sqs.visibility).to.deep.equal([['a1', 0]]);
    expect(sqs.deleted).to.deep.equal([]);
  });

  it('given a delete that is refused, or breaks, then the others are deleted and the consumer goes on', async () => {
    sqs.batches = [[received('a', 'a1'), received('b', 'b1')], [received('c', 'c1')]];
    sqs.refuse = (id) => (id === 'a1' ? 'The receipt handle has expired' : null);
    const loop = consumer();
    expect(await loop.runOnce()).to.equal('busy');
    expect(sqs.deleted).to.deep.equal(['b1']);
    sqs.before = (command) => {
      if (command.startsWith('Delete')) throw new Error('connection lost');
    };
    expect(await loop.runOnce()).to.equal('busy');
  });

  it('given work that takes long, then the lease is extended until it is done, and not after', async () => {
    const clock = sinon.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    sqs.batches = [[received('a', 'a1')]];
    let finish: () => void = () => undefined;
    const step = consumer(() => new Promise((resolve) => (finish = resolve))).runOnce();
    await new Promise(setImmediate);
    await clock.tickAsync(25_000);
    finish();
    await step;
    await clock.tickAsync(60_000);
    expect(sqs.visibility).to.deep.equal([
      ['a1', 30],
      ['a1', 30],
    ]);
  });

  it('given a stop in the middle of a group, then the message in hand is finished and the rest given back at once', async () => {
    sqs.batches = [[received('a', 'a1'), received('a', 'a2')]];
    let finish: () => void = () => undefined;
    const loop = consumer(() => new Promise((resolve) => (finish = resolve)));
    await loop.start();
    while (handled.length === 0) await new Promise(setImmediate);
    const stopped = loop.stop();
    finish();
    await stopped;
    expect(handled).to.deep.equal(['a1']);
    expect(sqs.deleted).to.deep.equal(['a1']);
    expect(sqs.visibility).to.deep.equal([['a2', 0]]);
  });

  it('given a long poll that finds nothing, when the consumer is stopped, then it ends at once', async () => {
    const loop = consumer();
    await loop.start();
    await new Promise(setImmediate);
    await loop.stop();
    expect(handled).to.deep.equal([]);
  });
});
