import { type Request } from 'express';
import { expect } from 'chai';
import { expectedVersions, isNotModified } from '../../../src/shared/http/conditional-requests';

const withHeader = (name: string, value: string | undefined): Request =>
  ({ get: (asked: string) => (asked === name ? value : undefined) }) as unknown as Request;

describe('conditional requests', () => {
  it('given If-None-Match, then a version matches by weak comparison, in a list, or with *', () => {
    const known = ['"3"', 'W/"3"', '"1", "3"', ' "a,b" ,W/"3"', '*', ', "3",'];
    for (const header of known)
      expect(isNotModified(withHeader('If-None-Match', header), 3), header).to.equal(true);
    for (const header of [undefined, '"33"', '3', '', '"3', '"*"'])
      expect(isNotModified(withHeader('If-None-Match', header), 3), String(header)).to.equal(false);
  });

  it('given If-Match, then versions match by strong comparison; an absent header and * match any version', () => {
    const versionsOf = (header: string | undefined) => expectedVersions(withHeader('If-Match', header));
    expect(versionsOf(undefined)).to.equal(null);
    expect(versionsOf('*')).to.equal(null);
    expect(versionsOf('"1", "22"')).to.deep.equal([1, 22]);
    expect(versionsOf('W/"1", "x", "01"')).to.deep.equal([]);
  });

  it('given an If-Match that is not a list of entity tags, then 400 names the header', () => {
    for (const header of ['3', '"3', '', '*, "3"', '"1" "2"', 'w/"1"']) {
      expect(() => expectedVersions(withHeader('If-Match', header)), header)
        .to.throw('If-Match')
        .that.deep.includes({ kind: 'invalid_input', code: 'validation_failed' });
    }
  });
});
