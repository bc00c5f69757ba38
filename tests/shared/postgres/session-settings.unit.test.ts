import { expect } from 'chai';
import { sessionSettings } from '../../../src/shared/postgres/session-settings';

const wanted = (name: string, present: string, queryTimeoutMs = 1_000): string => {
  const setting = sessionSettings({ schema: 'public', queryTimeoutMs }).find((one) => one.name === name);
  if (!setting) throw new Error(`no setting ${name}`);
  return setting.wanted(present);
};

describe('the required session settings', () => {
  it('given a time limit, then it is kept unless it would end a statement before the statement’s own limit', () => {
    for (const kept of ['0', '1s', '1000ms', '1500ms', '5min', '2h', '1d'])
      expect(wanted('statement_timeout', kept), kept).to.equal(kept);
    for (const tooShort of ['1ms', '999ms', 'what']) {
      expect(wanted('statement_timeout', tooShort), tooShort).to.equal('0');
      expect(wanted('lock_timeout', tooShort), tooShort).to.equal('0');
    }
  });

  it('given statements without a limit, then no time limit is kept', () => {
    for (const name of ['statement_timeout', 'lock_timeout', 'transaction_timeout'])
      expect([wanted(name, '0', 0), wanted(name, '1d', 0)], name).to.deep.equal(['0', '0']);
  });

  it('given a synchronous_commit weaker than on, then it is set to on; a stronger value is kept', () => {
    for (const weaker of ['off', 'local', 'remote_write'])
      expect(wanted('synchronous_commit', weaker)).to.equal('on');
    expect(wanted('synchronous_commit', 'remote_apply')).to.equal('remote_apply');
  });

  it('given extra_float_digits of at least 0, then it is kept; a negative value is set to 1', () => {
    expect(['3', '1', '0', '-15'].map((digits) => wanted('extra_float_digits', digits))).to.deep.equal([
      '3',
      '1',
      '0',
      '1',
    ]);
  });
});
