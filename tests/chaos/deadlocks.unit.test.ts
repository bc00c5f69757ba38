import { expect } from 'chai';
import { deadlocksIn } from './deadlocks';

describe('the deadlocks in a log of PostgreSQL', () => {
  it('given none, then none is found', () => {
    expect(
      deadlocksIn('LOG:  checkpoint starting\nERROR:  canceling statement due to lock timeout\n'),
    ).to.deep.equal([]);
  });

  it('given one, then it is found with the processes that waited', () => {
    const log =
      'LOG:  ready\n2026 [7] ERROR:  deadlock detected\n2026 [7] DETAIL:  Process 7 waits for ShareLock\nend';
    expect(deadlocksIn(log)).to.deep.equal([log.slice(log.indexOf('2026'))]);
  });
});
