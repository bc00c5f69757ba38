import { expect } from 'chai';
import fc from 'fast-check';
import sinon from 'sinon';
import {
  type BudgetKey,
  failureBudget,
  type FailureBudget,
  type FailureCounts,
  FailureMemory,
} from '../../../src/shared/resilience/failure-budget';

const KEYS: BudgetKey[] = [
  { key: 'address:client', limit: 10 },
  { key: 'address', limit: 100 },
];

/** Shared counts that work, are not writable, or are unreachable, one state after the other. */
function sharedCounts() {
  const memory = new FailureMemory();
  const state = { reads: true, writes: true };
  const counts: FailureCounts = {
    reserve(keys) {
      if (!state.reads) return Promise.reject(new Error('away'));
      const until = memory.exhaustedUntil(keys);
      if (until) return Promise.resolve({ exhaustedUntil: until });
      if (!state.writes) return Promise.reject(new Error('READONLY'));
      return Promise.resolve(memory.reserve(keys));
    },
    settle(keys, hasFailed) {
      if (!state.reads || !state.writes) return Promise.reject(new Error('OOM'));
      memory.settle(keys, hasFailed);
      return Promise.resolve();
    },
    async count(keys, hasFailed) {
      const until = memory.exhaustedUntil(keys);
      if (!state.reads) throw new Error('away');
      if (until) return { exhaustedUntil: until };
      if (memory.isBusy(keys)) return 'busy';
      if (!hasFailed) return 'reserved';
      if (!state.writes) throw new Error('READONLY');
      memory.reserve(keys);
      memory.settle(keys, true);
      return 'reserved';
    },
  };
  return { counts, state };
}

/** An attempt that is counted when it has ended. */
async function guessFast(budget: FailureBudget): Promise<string> {
  const { kind } = await budget.count(KEYS, true);
  return kind === 'counted' ? 'reserved' : kind;
}

async function guess(budget: FailureBudget, isRight = false): Promise<string> {
  const reservation = await budget.reserve(KEYS);
  if (reservation.kind === 'reserved') await reservation.settle(!isRight);
  return reservation.kind;
}

async function guesses(budget: FailureBudget, times: number): Promise<number> {
  let letIn = 0;
  for (let n = 0; n < times; n += 1) if ((await guess(budget)) === 'reserved') letIn += 1;
  return letIn;
}

describe('the budget of failures', () => {
  let clock: sinon.SinonFakeTimers;
  beforeEach(() => (clock = sinon.useFakeTimers({ now: 1_000_000, toFake: ['Date'] })));
  afterEach(() => clock.restore());

  it('given concurrent attempts, then only as many run as failures are left, and the others get a wait time', async () => {
    const budget = failureBudget(sharedCounts().counts);
    const running = await Promise.all([...Array(30)].map(() => budget.reserve(KEYS)));
    const letIn = running.flatMap((one) => (one.kind === 'reserved' ? [one] : []));
    expect([letIn.length, running.filter(({ kind }) => kind === 'busy').length]).to.deep.equal([10, 20]);
    for (const { settle } of letIn.slice(1)) await settle(true);
    expect((await budget.reserve(KEYS)).kind, 'one may still fail').to.equal('busy');
    await letIn[0]!.settle(false);
    expect(await guesses(budget, 5), 'it did not').to.equal(1);
  });

  it('given any number of successful attempts, at once or sequentially, then none counts', async () => {
    const budget = failureBudget(sharedCounts().counts);
    for (let n = 0; n < 50; n += 1) expect(await guess(budget, true)).to.equal('reserved');
    expect(budget.exhaustedUntil(KEYS)).to.equal(null);
    expect(await guesses(budget, 20)).to.equal(10);
  });

  it('given a minute after the first failure, then attempts are allowed again', async () => {
    const budget = failureBudget(sharedCounts().counts);
    await guesses(budget, 10);
    expect(budget.exhaustedUntil(KEYS)?.getTime()).to.equal(Date.now() + 60_000);
    clock.tick(60_001);
    expect(budget.exhaustedUntil(KEYS)).to.equal(null);
    expect(await guesses(budget, 20)).to.equal(10);
  });

  it('given failures counted by another instance, then the refusal is cached here without another request', async () => {
    const { counts } = sharedCounts();
    const [one, other] = [failureBudget(counts), failureBudget(counts)];
    expect(await guesses(one, 10)).to.equal(10);
    const asked = sinon.spy(counts, 'reserve');
    expect(await guesses(other, 5)).to.equal(0);
    expect(asked.callCount).to.equal(1);
    expect(other.exhaustedUntil(KEYS)).to.be.instanceOf(Date);
  });

  it('given attempts that have ended, then wrong ones count once each, and right ones never; over the limit both are refused', async () => {
    const { counts } = sharedCounts();
    const [budget, other] = [failureBudget(counts), failureBudget(counts)];
    const kinds = async (times: number, hasFailed: boolean, by = budget): Promise<string[]> =>
      Promise.all([...Array(times)].map(async () => (await by.count(KEYS, hasFailed)).kind));
    expect(new Set(await kinds(50, false))).to.deep.equal(new Set(['counted']));
    const wrong = await kinds(30, true);
    expect(wrong.filter((kind) => kind === 'counted')).to.have.length(10);
    expect(wrong.filter((kind) => kind === 'busy')).to.have.length(20);
    expect(await kinds(1, false), 'a right one over the limit').to.deep.equal(['exhausted']);
    expect(await kinds(1, false, other), 'at another instance').to.deep.equal(['exhausted']);
    clock.tick(60_001);
    expect(await kinds(1, false)).to.deep.equal(['counted']);
  });

  it('given a running attempt that may be the last failure, then a right secret waits for it', async () => {
    const budget = failureBudget(sharedCounts().counts);
    await guesses(budget, 9);
    const running = await budget.reserve(KEYS);
    expect((await budget.count(KEYS, false)).kind).to.equal('busy');
    if (running.kind === 'reserved') await running.settle(true);
    expect((await budget.count(KEYS, false)).kind).to.equal('exhausted');
  });

  it('given shared counts that fail and recover in any order, then there are never more than ten failures in a minute', async () => {
    const steps = fc.array(
      fc.record({
        reads: fc.boolean(),
        writes: fc.boolean(),
        isFast: fc.boolean(),
        atOnce: fc.integer({ min: 1, max: 4 }),
      }),
      { minLength: 5, maxLength: 30 },
    );
    await fc.assert(
      fc.asyncProperty(steps, async (found) => {
        const { counts, state } = sharedCounts();
        const budget = failureBudget(counts);
        let letIn = 0;
        for (const { reads, writes, isFast, atOnce } of found) {
          Object.assign(state, { reads, writes });
          const kinds = await Promise.all(
            [...Array(atOnce)].map(() => (isFast ? guessFast(budget) : guess(budget))),
          );
          letIn += kinds.filter((kind) => kind === 'reserved').length;
        }
        expect(letIn).to.be.at.most(10);
        Object.assign(state, { reads: true, writes: true });
        expect(letIn + (await guesses(budget, 20)), 'earlier failures still count').to.equal(10);
      }),
    );
  });
});
