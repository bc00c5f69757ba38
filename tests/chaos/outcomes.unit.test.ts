import { expect } from 'chai';
import { type Outcome, outcomeOf, refusalIn } from './outcomes';

const problem = (code: string): string => JSON.stringify({ code });

describe('what a client knows after an answer', () => {
  const cases: [status: string, text: string, outcome: Outcome][] = [
    ['201', '{}', 'ok'],
    ['202', '{}', 'ok'],
    ['409', problem('out_of_stock'), 'refused'],
    ['409', problem('reservation_expired'), 'refused'],
    ['409', problem('request_in_progress'), 'unknown'],
    ['409', 'no JSON', 'unknown'],
    ['503', problem('out_of_stock'), 'unknown'],
    ['timeout', '', 'unknown'],
    ['ECONNRESET', '', 'unknown'],
    ['401', '', 'unknown'],
    ['400', problem('validation_failed'), 'fail'],
    ['404', problem('order_not_found'), 'fail'],
  ];
  for (const [status, text, outcome] of cases) {
    it(`given ${status} ${text}, then it is ${outcome}`, () => {
      expect(outcomeOf(status, text)).to.equal(outcome);
    });
  }

  it('given a refusal, then its code is known', () => {
    expect(refusalIn('409', problem('out_of_stock'))).to.equal('out_of_stock');
    expect(refusalIn('409', problem('request_in_progress'))).to.equal(null);
  });
});
