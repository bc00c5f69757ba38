import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { startsInOrder } from '../../../src/order-service/orders/use-cases/start-in-order';

describe('tasks whose actions start in order', () => {
  it('given tasks that are ready in reverse order, then their actions start in order, without waiting for each other', async () => {
    const next = startsInOrder();
    const started: number[] = [];
    let running = 0;
    let most = 0;
    const task = async (index: number): Promise<void> => {
      const position = next();
      await delay(5 * (4 - index));
      await position.start(async () => {
        started.push(index);
        running += 1;
        most = Math.max(most, running);
        await delay(20);
        running -= 1;
      });
      position.end();
    };
    await Promise.all([0, 1, 2, 3].map(task));
    expect(started).to.deep.equal([0, 1, 2, 3]);
    expect(most).to.equal(4);
  });

  it('given a task that ends without an action, then the later ones still wait for those before it', async () => {
    const next = startsInOrder();
    const [first, second, third] = [next(), next(), next()];
    const started: string[] = [];
    second.end();
    const last = third.start(() => Promise.resolve(started.push('third')));
    await delay(5);
    expect(started).to.deep.equal([]);
    await first.start(() => Promise.resolve(started.push('first')));
    await last;
    expect(started).to.deep.equal(['first', 'third']);
  });

  it('given an action that fails, then the next one starts, and a task can start another action', async () => {
    const next = startsInOrder();
    const [first, second] = [next(), next()];
    const failed = first
      .start(() => Promise.reject(new Error('failed')))
      .catch((error: Error) => error.message);
    expect(await second.start(() => Promise.resolve('second'))).to.equal('second');
    expect(await failed).to.equal('failed');
    expect(await first.start(() => Promise.resolve('again'))).to.equal('again');
  });
});
