import { expect } from 'chai';
import fc from 'fast-check';
import { AppError, PoisonMessageError } from '../../../src/shared/errors';
import { createQueueConsumer } from '../../../src/shared/queue/queue-consumer';
import { silentLogger } from '../../support/service-pair';
import { strictFifo, type StrictFifo } from '../../support/strict-fifo';

const LONGER_THAN_ANY_DELAY = 1_000;

describe('a queue consumer on a strict FIFO queue', () => {
  const consumer = (queue: StrictFifo, handle: (body: string) => Promise<void>) =>
    createQueueConsumer({
      client: queue.client,
      pollingClient: queue.client,
      resolveQueueUrl: () => Promise.resolve('url'),
      queue: 'q.fifo',
      handle,
      logger: silentLogger,
    });

  it('given messages that fail for a while, when several pollers take them, then each group is done in order, each message once', async () => {
    // Per group, how often each of its messages fails before it is done: fewer times than the dead letters allow.
    const groups = fc.array(fc.array(fc.nat({ max: 1 }), { maxLength: 4 }), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(groups, fc.integer({ min: 1, max: 3 }), async (failures, pollers) => {
        const queue = strictFifo();
        const left = new Map<string, number>();
        failures.forEach((messages, group) =>
          messages.forEach((fails, place) => {
            queue.add(`g${group}`, `g${group}:${place}`);
            left.set(`g${group}:${place}`, fails);
          }),
        );
        const done: string[] = [];
        const work = failSomeTimes(left, done);
        const loops = Array.from({ length: pollers }, () => consumer(queue, work));
        for (let round = 0; queue.waiting().length > 0 && round < 40; round += 1) {
          await Promise.all(loops.map((loop) => loop.runOnce()));
          queue.pass(LONGER_THAN_ANY_DELAY);
        }
        expect([queue.waiting(), queue.dead]).to.deep.equal([[], []]);
        for (const [group, messages] of failures.entries()) {
          const expected = messages.map((_, place) => `g${group}:${place}`);
          expect(done.filter((body) => body.startsWith(`g${group}:`))).to.deep.equal(expected);
        }
      }),
    );
  });

  it('given a message that failed, when its group comes again, then it comes first', async () => {
    const queue = strictFifo();
    for (const body of ['a1', 'a2', 'a3']) queue.add('a', body);
    const handled: string[] = [];
    const loop = consumer(queue, (body) => {
      handled.push(body);
      const isFirstTry = handled.filter((one) => one === body).length === 1;
      return body === 'a2' && isFirstTry
        ? Promise.reject(new AppError('unavailable', 'no'))
        : Promise.resolve();
    });
    await loop.runOnce();
    await loop.runOnce();
    expect(handled, 'the group rests').to.deep.equal(['a1', 'a2']);
    queue.pass(LONGER_THAN_ANY_DELAY);
    await loop.runOnce();
    expect(handled).to.deep.equal(['a1', 'a2', 'a2', 'a3']);
  });

  it('given a lease that ran out during the work, when the message is acknowledged, then it comes again and nothing breaks', async () => {
    const queue = strictFifo();
    queue.add('a', 'slow');
    queue.add('b', 'other');
    let times = 0;
    const loop = consumer(queue, (body) => {
      if (body === 'slow' && (times += 1) === 1) queue.pass(31);
      return Promise.resolve();
    });
    expect(await loop.runOnce()).to.equal('busy');
    expect(queue.waiting()).to.deep.equal(['slow', 'other']);
    await loop.runOnce();
    expect([times, queue.waiting()]).to.deep.equal([2, []]);
  });

  it('given poison, when it was received five times, then it lies in the dead letters and other groups are done', async () => {
    const queue = strictFifo();
    for (const body of ['a', 'poison', 'b']) queue.add(body, body);
    const handled: string[] = [];
    const loop = consumer(queue, (body) => {
      handled.push(body);
      return body === 'poison' ? Promise.reject(new PoisonMessageError('bad')) : Promise.resolve();
    });
    for (let step = 0; step < 6; step += 1) {
      await loop.runOnce();
      queue.pass(LONGER_THAN_ANY_DELAY);
    }
    expect([queue.waiting(), queue.dead]).to.deep.equal([[], ['poison']]);
    expect(handled.filter((body) => body !== 'poison')).to.have.members(['a', 'b']);
  });
});

/** Work that fails as often as `left` says of a message, then notes it as done. */
function failSomeTimes(left: Map<string, number>, done: string[]) {
  return async (body: string): Promise<void> => {
    await Promise.resolve();
    const fails = left.get(body) ?? 0;
    left.set(body, fails - 1);
    if (fails > 0) throw new AppError('unavailable', 'for a while');
    done.push(body);
  };
}
