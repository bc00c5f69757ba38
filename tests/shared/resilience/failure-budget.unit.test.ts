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

/** Shared counts that work, cannot be written, or cannot be reached, one after the other. */
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
  };
  return { counts, state };
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

  it('given attempts that run at once, then no more are let in than failures are left, and the others are told to wait', async () => {
    const budget = failureBudget(sharedCounts().counts);
    const running = await Promise.all([...Array(30)].map(() => budget.reserve(KEYS)));
    const letIn = running.flatMap((one) => (one.kind === 'reserved' ? [one] : []));
    expect([letIn.length, running.filter(({ kind }) => kind === 'busy').length]).to.deep.equal([10, 20]);
    for (const { settle } of letIn.slice(1)) await settle(true);
    expect((await budget.reserve(KEYS)).kind, 'one may still fail').to.equal('busy');
    await letIn[0]!.settle(false);
    expect(await guesses(budget, 5), 'it did not').to.equal(1);
  });

  it('given however many that succeed, at once or one after the other, then none counts', async () => {
    const budget = failureBudget(sharedCounts().counts);
    for (let n = 0; n < 50; n += 1) expect(await guess(budget, true)).to.equal('reserved');
    expect(budget.exhaustedUntil(KEYS)).to.equal(null);
    expect(await guesses(budget, 20)).to.equal(10);
  });

  it('given a minute after the first failure, then there is room again', async () => {
    const budget = failureBudget(sharedCounts().counts);
    await guesses(budget, 10);
    expect(budget.exhaustedUntil(KEYS)?.getTime()).to.equal(Date.now() + 60_000);
    clock.tick(60_001);
    expect(budget.exhaustedUntil(KEYS)).to.equal(null);
    expect(await guesses(budget, 20)).to.equal(10);
  });

  it('given another instance that counted, then its refusal holds here without being asked for again', async () => {
    const { counts } = sharedCounts();
    const [one, other] = [failureBudget(counts), failureBudget(counts)];
    expect(await guesses(one, 10)).to.equal(10);
    const asked = sinon.spy(counts, 'reserve');
    expect(await guesses(other, 5)).to.equal(0);
    expect(asked.callCount).to.equal(1);
    expect(other.exhaustedUntil(KEYS)).to.be.instanceOf(Date);
  });

  it('given shared counts that come and go, or cannot be written, in any order, then never more than ten failures in a minute', async () => {
    const steps = fc.array(
      fc.record({ reads: fc.boolean(), writes: fc.boolean(), atOnce: fc.integer({ min: 1, max: 4 }) }),
      { minLength: 5, maxLength: 30 },
    );
    await fc.assert(
      fc.asyncProperty(steps, async (found) => {
        const { counts, state } = sharedCounts();
        const budget = failureBudget(counts);
        let letIn = 0;
        for (const { reads, writes, atOnce } of found) {
          Object.assign(state, { reads, writes });
          const kinds = await Promise.all([...Array(atOnce)].map(() => guess(budget)));
          letIn += kinds.filter((kind) => kind === 'reserved').length;
        }
        expect(letIn).to.be.at.most(10);
        Object.assign(state, { reads: true, writes: true });
        expect(letIn + (await guesses(budget, 20)), 'nothing was forgotten').to.equal(10);
      }),
    );
  });
});
