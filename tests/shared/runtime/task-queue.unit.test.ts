import { expect } from 'chai';
import { createTaskQueue } from '../../../src/shared/runtime/task-queue';

/** Longer than a time slice, so that each piece is the last of its slice. */
const PIECE_MS = 6;

function holdTheEventLoop(): void {
  const end = performance.now() + PIECE_MS;
  while (performance.now() < end);
}

describe('a fair share of the event loop', () => {
  it('given long pieces of work, then the event loop runs between them', async () => {
    const share = createTaskQueue(100);
    const log: string[] = [];
    let isDone = false;
    const tick = (): void => {
      log.push('tick');
      if (!isDone) setImmediate(tick);
    };
    setImmediate(tick);
    const piece = () => {
      holdTheEventLoop();
      log.push('piece');
      return Promise.resolve();
    };
    await Promise.all([...Array(10)].map(() => share(piece)));
    isDone = true;
    expect(log.filter((entry) => entry === 'piece')).to.have.length(10);
    expect(log.join(' ')).not.to.contain('piece piece');
  });

  it('given small pieces of work, then they start together', async () => {
    const share = createTaskQueue(100);
    const rounds: number[] = [];
    let round = 0;
    const tick = setInterval(() => (round += 1), 0);
    await Promise.all([...Array(5)].map(() => share(() => Promise.resolve(rounds.push(round)))));
    clearInterval(tick);
    expect(new Set(rounds).size).to.equal(1);
  });

  it('given more tasks than the limit, then the others wait in order, also when one fails', async () => {
    const share = createTaskQueue(2);
    const begun: number[] = [];
    const ends: (() => void)[] = [];
    const results = [1, 2, 3, 4].map((n) =>
      share(async () => {
        begun.push(n);
        await new Promise<void>((resolve) => ends.push(resolve));
        if (n === 1) throw new Error('failed');
        return n;
      }).catch(() => 'failed'),
    );
    const rounds = async (): Promise<void> => {
      for (let n = 0; n < 5; n += 1) await new Promise(setImmediate);
    };
    await rounds();
    expect(begun).to.deep.equal([1, 2]);
    ends[0]!();
    await rounds();
    expect(begun).to.deep.equal([1, 2, 3]);
    ends[1]!();
    ends[2]!();
    await rounds();
    ends[3]!();
    expect(await Promise.all(results)).to.deep.equal(['failed', 2, 3, 4]);
  });
});
