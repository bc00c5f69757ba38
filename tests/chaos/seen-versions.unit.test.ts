import { expect } from 'chai';
import { deliveryFaults, streamFaults, type ArrivedEvent, type OrderLogs } from '../support/seen-versions';

const LOGS: OrderLogs = new Map([
  ['a', ['a1', 'a2', 'a3']],
  ['b', ['b1', 'b2']],
]);

/** Events by their ids: the order, the version, and `!` when the receiver did not accept it. */
const seen = (...ids: string[]): ArrivedEvent[] =>
  ids.map((id) => ({
    orderId: id[0]!,
    version: Number(id[1]),
    eventId: id.slice(0, 2),
    isAccepted: !id.endsWith('!'),
  }));

const complete = ['a1', 'b1', 'a2', 'b2', 'a3'];

describe('the comparison of readers with the event log', () => {
  it('given every version once and in order, then there is no fault', () => {
    expect(streamFaults(seen(...complete), LOGS)).to.deep.equal([]);
    expect(deliveryFaults(seen(...complete), LOGS)).to.deep.equal([]);
  });

  const broken: [name: string, ids: string[], versions: string, missing: number][] = [
    ['a lost version', ['b1', 'a1', 'b2', 'a3'], '1 3', 3],
    ['a lost last version', ['b1', 'a1', 'b2', 'a2'], '1 2', 3],
    ['versions in another order', ['b1', 'a2', 'a1', 'b2', 'a3'], '2 1 3', 2],
    ['a lost order', ['b1', 'b2'], 'none', 3],
  ];
  for (const [name, ids, versions, missing] of broken) {
    it(`given ${name}, then streams and webhooks are faulty, with the order and its versions`, () => {
      const what = `received the versions ${versions}`;
      expect(streamFaults(seen(...ids), LOGS)).to.deep.equal([{ orderId: 'a', what: `${what}, not 1 to 3` }]);
      expect(deliveryFaults(seen(...ids), LOGS)).to.deep.equal([
        { orderId: 'a', what: `${what} (! not accepted), so that ${String(missing)} is early or missing` },
      ]);
    });
  }

  it('given a version twice, then only a stream is faulty', () => {
    const repeated = seen('a1', 'b1', 'a2', 'a1', 'b2', 'a3', 'a2');
    const what = 'received the versions 1 2 1 3 2, not 1 to 3';
    expect(streamFaults(repeated, LOGS)).to.deep.equal([{ orderId: 'a', what }]);
    expect(deliveryFaults(repeated, LOGS)).to.deep.equal([]);
  });

  it('given a version that is accepted at its repeat, before the next one, then the webhooks have no fault', () => {
    const repeated = seen('a1!', 'b1', 'a1', 'a2!', 'a2!', 'a2', 'b2', 'a3');
    expect(deliveryFaults(repeated, LOGS)).to.deep.equal([]);
  });

  it('given a version that came before the one below it was accepted, then the webhooks are faulty', () => {
    const early = seen('a1!', 'a2!', 'a1', 'a2', 'b1', 'b2', 'a3');
    const what = 'received the versions 1! 2! 1 2 3 (! not accepted), so that 2 is early or missing';
    expect(deliveryFaults(early, LOGS)).to.deep.equal([{ orderId: 'a', what }]);
  });

  it('given a last version that was never accepted, then the webhooks are faulty', () => {
    const refused = seen('a1', 'b1', 'a2', 'b2!', 'a3');
    const what = 'received the versions 1 2! (! not accepted), so that 2 is early or missing';
    expect(deliveryFaults(refused, LOGS)).to.deep.equal([{ orderId: 'b', what }]);
  });

  it('given a repeat with another id, then the webhooks are faulty', () => {
    const repeated = [...seen(...complete), { orderId: 'b', version: 2, eventId: 'x', isAccepted: true }];
    expect(deliveryFaults(repeated, LOGS)).to.deep.equal([
      { orderId: 'b', what: 'version 2 came with the id x' },
    ]);
  });

  it('given the order of another owner, then the reader is faulty', () => {
    const strange = seen(...complete, 'c1');
    const faults = [{ orderId: 'c', what: 'it must not receive this order' }];
    expect(streamFaults(strange, LOGS)).to.deep.equal(faults);
    expect(deliveryFaults(strange, LOGS)).to.deep.equal(faults);
  });

  it('given a reader that began at a later version, then it must receive that version and the later ones', () => {
    const firstVersion = (orderId: string): number => (orderId === 'a' ? 2 : 1);
    expect(streamFaults(seen('a2', 'b1', 'b2', 'a3'), LOGS, firstVersion)).to.deep.equal([]);
    expect(streamFaults(seen(...complete), LOGS, firstVersion)).to.have.length(1);
  });
});
