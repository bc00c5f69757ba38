import { expect } from 'chai';
import fc from 'fast-check';
import { bulkLines } from '../../../src/order-service/orders/routes/bulk-lines';

describe('the lines of a bulk request', () => {
  it('given any text, then they are the non-empty lines, with their line numbers', async () => {
    const part = fc.constantFrom('a', 'ä 😀', ' ', '\t', '\r', '\n', '\r\n', '\n\n', '{"a": 1}');
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 30 }), async (parts) => {
        const text = parts.join('');
        const expected = text
          .split('\n')
          .map((line, index) => [index + 1, line.trim()] as const)
          .filter(([, line]) => line !== '');
        const found = await bulkLines(Buffer.from(text)).catch(() => []);
        expect(found.map(({ number, bytes }) => [number, bytes.toString().trimEnd()])).to.deep.equal(
          expected,
        );
      }),
    );
  });

  it('given 1 to 1000 lines, then they are accepted; 0 or more than 1000 are refused', async () => {
    const count = async (text: string): Promise<number> => {
      try {
        return (await bulkLines(Buffer.from(text))).length;
      } catch (error) {
        expect(error).to.include({ kind: 'invalid_input', code: 'validation_failed' });
        return 0;
      }
    };
    expect(await count('x')).to.equal(1);
    expect(await count('x\n'.repeat(1_000))).to.equal(1_000);
    expect(await count('x\n'.repeat(1_001))).to.equal(0);
    expect(await count(' \r\n\t\n')).to.equal(0);
    expect(await count('')).to.equal(0);
  });

  it('given megabytes of white space, then the event loop is not blocked', async () => {
    let rounds = 0;
    const tick = (): void => {
      rounds += 1;
      timer = setImmediate(tick);
    };
    let timer = setImmediate(tick);
    const lines = await bulkLines(Buffer.from(`${'\n'.repeat(4 * 1024 * 1024)}x`));
    clearImmediate(timer);
    expect(lines.map(({ number }) => number)).to.deep.equal([4 * 1024 * 1024 + 1]);
    expect(rounds).to.be.at.least(7);
  });
});
