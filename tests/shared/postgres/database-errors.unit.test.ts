import { expect } from 'chai';
import { AppError } from '../../../src/shared/errors';
import {
  asUnavailable,
  isLostConnection,
  isServerAnswer,
} from '../../../src/shared/postgres/database-errors';

const answer = (severity: string, code: string) =>
  Object.assign(new Error('could not write init file'), { severity, code });

describe('errors of the database', () => {
  it('given a fatal error that ends the connection, with any code, then it is unavailable with an unknown outcome', () => {
    for (const [severity, code] of [
      ['FATAL', 'XX000'],
      ['PANIC', '53100'],
      ['FATAL', '57P01'],
    ] as const) {
      const error = answer(severity, code);
      expect(asUnavailable(error), code).to.be.instanceOf(AppError).with.property('kind', 'unavailable');
      expect([isServerAnswer(error), isLostConnection(asUnavailable(error))]).to.deep.equal([false, true]);
    }
  });

  it('given a refused statement that can succeed later, then it is unavailable, and known not to have been executed', () => {
    for (const code of ['53100', '55P03', '40P01', '58030']) {
      const error = asUnavailable(answer('ERROR', code));
      expect(error, code).to.be.instanceOf(AppError);
      expect(isLostConnection(error), code).to.equal(false);
    }
  });

  it('given an error of the statement itself, then it is unchanged', () => {
    for (const code of ['23505', '22P02', 'XX000', '42601']) {
      const error = answer('ERROR', code);
      expect(asUnavailable(error)).to.equal(error);
      expect(isLostConnection(error)).to.equal(false);
    }
  });

  it('given a driver that is out of sync with the protocol, then the outcome is unknown', () => {
    for (const message of [
      'Received unexpected commandComplete message from backend.',
      'timeout expired',
      'Query read timeout',
    ])
      expect(isLostConnection(asUnavailable(new Error(message))), message).to.equal(true);
  });
});
