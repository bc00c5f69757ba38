import { expect } from 'chai';
import fc from 'fast-check';
import { jsonFault, jsonSizeFault } from '../../../src/shared/http/json-limits';

const faultOf = (json: string) => jsonSizeFault(Buffer.from(json));
const members = (count: number): object => Object.fromEntries([...Array(count)].map((_, n) => [`k${n}`, n]));
const nested = (value: unknown): unknown => ({
  a: [1, { 'b "}],': value, c: '",,,' }],
  d: 'x,'.repeat(2_000),
});

describe('the size of JSON text', () => {
  for (const [what, value, message] of [
    ['an object', members(1_001), 'must not have more than 1000 members'],
    ['a list', Array(1_001).fill(0), 'must not have more than 1000 elements'],
    ['a list of texts with commas', Array(1_001).fill(',",'), 'must not have more than 1000 elements'],
  ] as const) {
    it(`given ${what} with 1001 members or elements, then its path is named`, () => {
      expect(faultOf(JSON.stringify(value))).to.deep.equal({ path: '', message });
      const inner = JSON.stringify(nested(value), null, 2);
      expect(faultOf(inner)).to.deep.equal({ path: 'a[1].b "}],', message });
      expect(faultOf(inner), 'as after parsing').to.deep.equal(jsonFault(JSON.parse(inner)));
    });
  }

  it('given 1000 members or elements, or as many in several places, then there is no fault', () => {
    for (const value of [
      members(1_000),
      Array(1_000).fill({}),
      nested(members(1_000)),
      [...Array(9)].map(() => members(999)),
    ])
      expect(faultOf(JSON.stringify(value))).to.equal(null);
  });

  it('given more than 10 000 values in total, then they are too many', () => {
    const lists = JSON.stringify([...Array(20)].map(() => Array(900).fill(1)));
    expect(faultOf(lists)).to.deep.equal({ path: '', message: 'must not have more than 10000 values' });
  });

  it('given any JSON, then it is too large exactly when the parsed value is', () => {
    const long = fc.array(fc.string({ maxLength: 3, unit: 'binary' }), { minLength: 995, maxLength: 1_005 });
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 4 },
        fc.string({ unit: 'binary' }),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.constant(null),
        long,
        fc.array(tie('any'), { maxLength: 4 }),
        fc.dictionary(fc.stringMatching(/^[a-z",:{}[\]\\]{0,6}$/), tie('any'), { maxKeys: 4 }),
      ),
    })).any;
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 5 }), fc.nat(2), (sample, indent) => {
        const json = JSON.stringify(sample, null, indent);
        const isTooLarge = (fault: { message: string } | null) => /more than 1000/.test(fault?.message ?? '');
        expect(isTooLarge(faultOf(json))).to.equal(hasLongContainer(sample));
      }),
      { numRuns: 300 },
    );
  });

  it('given members after too deeply nested brackets, then they are still counted', () => {
    const deep = `${'['.repeat(500)}${']'.repeat(500)}`;
    expect(faultOf(`{"deep":${deep},"many":${JSON.stringify(members(1_001))}}`)).to.deep.equal({
      path: 'many',
      message: 'must not have more than 1000 members',
    });
    expect(faultOf('['.repeat(100_000)), 'the parser refuses it').to.equal(null);
  });

  it('given text that is not JSON, then the check terminates with no fault or too large', () => {
    for (const text of [
      '"'.repeat(5_000),
      '\\'.repeat(5_000),
      ']'.repeat(5_000),
      '{"a'.repeat(3_000),
      ','.repeat(5_000),
    ])
      expect(faultOf(text)?.message ?? 'nothing').to.match(/nothing|more than/);
  });
});

function hasLongContainer(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const contents = Object.values(value);
  return contents.length > 1_000 || contents.some(hasLongContainer);
}
