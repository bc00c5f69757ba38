import { AsyncLocalStorage } from 'node:async_hooks';
import { expect } from 'chai';
import fc from 'fast-check';
import sinon from 'sinon';
import {
  createBoundedWork,
  type OverloadedError,
  type BoundedWork,
} from '../../../src/shared/resilience/bounded-work';
import { RoundRobinQueue } from '../../../src/shared/resilience/round-robin-queue';

const BOUNDS = { concurrency: 1, maxWaiting: 12, maxWaitingPerKey: 5, maxWaitMs: 1_000 };

/** Tasks that the test completes, and the order in which they started. */
function controlledWork(options: Partial<typeof BOUNDS> = {}) {
  const work = createBoundedWork({ ...BOUNDS, ...options });
  const began: string[] = [];
  const ends: (() => void)[] = [];
  const ask = (name: string, path: string[], more: Parameters<BoundedWork['run']>[2] = {}) => {
    const task = (): Promise<string> => {
      began.push(name);
      return new Promise((resolve) => ends.push(() => resolve(name)));
    };
    return work.run(path, task, more).catch((error: unknown) => (error as OverloadedError).reason);
  };
  const endOne = async (): Promise<void> => {
    ends.shift()?.();
    await new Promise(setImmediate);
  };
  const endAll = async (): Promise<void> => {
    while (ends.length > 0) await endOne();
  };
  return { work, began, ask, endOne, endAll };
}

describe('bounded work', () => {
  it('given work that starts when another piece ends, then it has the async context of its own caller', async () => {
    const storage = new AsyncLocalStorage<string>();
    const work = createBoundedWork(BOUNDS);
    const seen = await Promise.all(
      ['first', 'second', 'third'].map((name) =>
        storage.run(name, () =>
          work.run([name], async () => {
            await new Promise(setImmediate);
            return storage.getStore();
          }),
        ),
      ),
    );
    expect(seen.map(({ value }) => value)).to.deep.equal(['first', 'second', 'third']);
  });

  it('given one key with many waiting tasks and a later key, then their tasks alternate, and so do those of clients', async () => {
    const { began, ask, endAll } = controlledWork();
    const asked = [
      ...['a1', 'a2', 'a3'].map((name) => ask(name, ['a', 'x'])),
      ask('a-other-client', ['a', 'y']),
      ask('b1', ['b', 'x']),
    ];
    await endAll();
    await Promise.all(asked);
    expect(began).to.deep.equal(['a1', 'a2', 'b1', 'a-other-client', 'a3']);
  });

  it('given more waiting tasks than the limit of a key, then the surplus is refused at once, and other keys are accepted', async () => {
    const { work, ask, endAll } = controlledWork();
    const asked = [...Array(10)].map((_, n) => ask(`a${n}`, ['a']));
    expect([work.hasRoom(['a']), work.hasRoom(['b']), work.waiting()]).to.deep.equal([false, true, 5]);
    expect(await Promise.all(asked.slice(6))).to.deep.equal(Array(4).fill('full'));
    const late = ask('b', ['b']);
    await endAll();
    expect(await late).to.deep.equal({ value: 'b', shared: false });
  });

  it('given a full queue, then a new task replaces the last task of the key with the most tasks', async () => {
    const { work, ask, endAll } = controlledWork();
    const running = ask('first', ['z']);
    const ofTwo = ['a', 'b'].flatMap((key) => [...Array(5)].map((_, n) => ask(`${key}${n}`, [key])));
    const ofOthers = ['c', 'd'].map((key) => ask(key, [key]));
    expect(work.waiting()).to.equal(12);
    const newcomer = ask('e', ['e']);
    expect(work.waiting()).to.equal(12);
    await endAll();
    const ends = await Promise.all([...ofTwo, ...ofOthers, newcomer, running]);
    expect(ends.filter((end) => end === 'full')).to.have.length(1);
    expect(ends.at(-2)).to.deep.equal({ value: 'e', shared: false });
  });

  it('given a caller that disconnects or waits too long, then its task never starts and its place is free', async () => {
    const clock = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const { work, began, ask, endAll } = controlledWork();
      const controller = new AbortController();
      const running = ask('running', ['a']);
      const gone = ask('gone', ['a'], { signal: controller.signal });
      const waits = ask('waits', ['a']);
      controller.abort();
      expect([await gone, work.waiting()]).to.deep.equal(['caller_gone', 1]);
      expect(await ask('gone before', ['b'], { signal: controller.signal })).to.equal('caller_gone');
      clock.tick(1_001);
      expect([await waits, work.waiting()]).to.deep.equal(['waited_too_long', 0]);
      await endAll();
      await running;
      expect(began).to.deep.equal(['running']);
    } finally {
      clock.restore();
    }
  });

  it('given equal waiting tasks of a path, then one run serves at most four of them, and no other path', async () => {
    const { began, ask, endAll } = controlledWork({ maxWaitingPerKey: 40, maxWaiting: 100 });
    const first = ask('first', ['a']);
    const equal = [...Array(6)].map((_, n) => ask(`equal${n}`, ['a'], { deduplicationKey: 's' }));
    const elsewhere = ask('elsewhere', ['b'], { deduplicationKey: 's' });
    await endAll();
    await Promise.all([first, elsewhere]);
    expect(began).to.have.members(['first', 'equal0', 'elsewhere', 'equal4']);
    const results = (await Promise.all(equal)) as { value: string; shared: boolean }[];
    expect(results.filter(({ shared }) => !shared).map(({ value }) => value)).to.deep.equal([
      'equal0',
      'equal4',
    ]);
    expect(results[3]).to.deep.equal({ value: 'equal0', shared: true });
  });

  it('given a failing task, then all callers that share it get the error, and the next task starts', async () => {
    const work = createBoundedWork(BOUNDS);
    const fail = (): Promise<string> => Promise.reject(new Error('the task failed'));
    const all = [1, 2, 3].map(() =>
      work.run(['a'], fail, { deduplicationKey: 's' }).catch((error: Error) => error.message),
    );
    expect(await Promise.all(all)).to.deep.equal(Array(3).fill('the task failed'));
    expect(await work.run(['a'], () => Promise.resolve(1))).to.deep.equal({ value: 1, shared: false });
  });
});

describe('the round-robin queue', () => {
  const paths = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 200 });

  it('given any arrivals, then each leaves once, those of a key in order, and no key waits for more than one of each other key', () => {
    fc.assert(
      fc.property(paths, (keys) => {
        const queue = new RoundRobinQueue<{ key: string; n: number }>();
        keys.forEach((key, n) => queue.push([key], { key, n }));
        const served = keys.map(() => queue.shift()!);
        expect([queue.shift(), queue.size]).to.deep.equal([undefined, 0]);
        for (const key of new Set(keys)) {
          const own = served.filter((one) => one.key === key).map(({ n }) => n);
          expect(own).to.deep.equal(keys.flatMap((other, n) => (other === key ? [n] : [])));
        }
        served.forEach(({ key }, place) => {
          const since = served.slice(
            served.slice(0, place).findLastIndex((one) => one.key === key) + 1,
            place,
          );
          expect(new Set(since.map((one) => one.key)).size).to.equal(since.length);
        });
      }),
    );
  });

  it('given any takes and removals, then the sizes are correct', () => {
    const step = fc.tuple(
      fc.constantFrom('push', 'shift', 'take', 'drop'),
      fc.constantFrom('a', 'b'),
      fc.constantFrom('x', 'y'),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const queue = new RoundRobinQueue<string>();
        let [all, ofA] = [0, 0];
        const without = (first: string | undefined): void => {
          all -= first === undefined ? 0 : 1;
          ofA -= first === 'a' ? 1 : 0;
        };
        for (const [what, first, second] of steps) {
          if (what === 'push') {
            queue.push([first, second], first);
            all += 1;
            ofA += first === 'a' ? 1 : 0;
          } else if (what === 'shift') without(queue.shift());
          else if (what === 'drop') without(queue.dropFromLongest());
          else queue.take([first, second], () => true, 2).forEach(without);
          expect([queue.size, queue.sizeOf(['a'])]).to.deep.equal([all, ofA]);
          expect(queue.longest()).to.equal(Math.max(ofA, all - ofA));
        }
      }),
    );
  });
});
