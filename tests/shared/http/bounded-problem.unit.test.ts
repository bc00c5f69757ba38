import { ILLEGAL_TRANSITION, type Problem } from '../../../src/shared/contracts/problem';
import { expect } from 'chai';
import fc from 'fast-check';
import { z } from 'zod';
import { list, pairs } from '../../../src/shared/contracts/lists';
import { AppError } from '../../../src/shared/errors';
import { boundedProblem, boundedText, problemOf } from '../../../src/shared/http/error-handler';
import { parseJson } from '../../../src/shared/http/json-body';
import { parseInput } from '../../../src/shared/http/validate';
import { silentLogger } from '../../support/service-pair';
import { createOrderBody } from '../../../src/order-service/orders/routes/order-schemas';

const MAX_BYTES = 100 * 1024;
const MAX_ANSWER_BYTES = 16 * 1024;

/** Texts that grow when they are escaped: control characters, quotes, non-ASCII characters. */
const growing = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 3_000 }),
  fc.integer({ min: 0, max: 100_000 }).map((length) => 'x'.repeat(length)),
  fc
    .constantFrom('\u0001', '"', '\\', '😀', 'ä')
    .chain((one) => fc.integer({ min: 1, max: 20_000 }).map((times) => one.repeat(times))),
);

/** JSON of up to 100 kB: many small members, few large ones, or an order with many faults. */
const hostileBody = fc.oneof(
  growing.map((name) => ({ [name]: 1 })),
  fc
    .integer({ min: 1, max: 14_000 })
    .map((count) => Object.fromEntries([...Array(count)].map((_, n) => [`k${n}`, 1]))),
  fc.integer({ min: 1, max: 9_000 }).map((count) => ({
    customer_id: 1,
    metadata: Object.fromEntries([...Array(count)].map((_, n) => [`k${n}`, n])),
  })),
  fc.integer({ min: 1, max: 30_000 }).map((count) => ({ items: Array(count).fill({}) })),
  fc.tuple(growing, growing).map(([name, value]) => ({ items: [{ [name]: value }], [value]: name })),
  fc.array(growing, { maxLength: 100 }).map((names) => ({
    items: names.map((name) => ({ [name]: name })),
    metadata: Object.fromEntries(names.map((name) => [name, 1])),
  })),
  fc.json({ maxDepth: 6 }).map((text) => JSON.parse(text) as unknown),
);

function answerTo(body: string): string {
  try {
    parseInput(createOrderBody, parseJson(Buffer.from(body), 'the request body'), 'not valid');
  } catch (error) {
    return JSON.stringify(problemOf(error, '/orders', silentLogger));
  }
  throw new Error(`this body is valid: ${body}`);
}

describe('an error answer', () => {
  it('given any body up to 100 kB, then the answer has at most 16 kB, with at most 20 faults and the number of the others', () => {
    fc.assert(
      fc.property(hostileBody, (value) => {
        const body = JSON.stringify(value);
        fc.pre(Buffer.byteLength(body) <= MAX_BYTES);
        const answer = answerTo(body);
        expect(Buffer.byteLength(answer)).to.be.below(MAX_ANSWER_BYTES);
        const { status, errors } = JSON.parse(answer) as Problem;
        expect(status).to.equal(400);
        expect(errors?.length ?? 0).to.be.at.most(20);
      }),
      { numRuns: 300 },
    );
  });

  it('given more than 20 faults, then the first 20 are listed and the others counted', () => {
    const unknown = Object.fromEntries([...Array(500)].map((_, n) => [`k${n}`, 1]));
    const { errors, more_errors: more } = JSON.parse(answerTo(JSON.stringify(unknown))) as Problem;
    expect(errors).to.have.length(20);
    // Besides the 500 unknown members, customer_id and items are missing.
    expect(more).to.equal(482);
    const few = JSON.parse(answerTo('{}')) as Problem;
    expect([few.errors?.length, few.more_errors]).to.deep.equal([2, undefined]);
  });

  it('given too many items, pairs or members, then that is the only fault there, and the contents are not validated', () => {
    let looks = 0;
    const element = z.unknown().refine(() => (looks += 1) > 0);
    const text = z.string().refine(() => (looks += 1) > 0);
    const schema = z.object({ list: list(element, 0, 3), pairs: pairs(text, text, 3) });
    const many = { list: Array(9_000).fill('x'), pairs: Object.fromEntries(Array(9_000).entries()) };
    const { issues } = schema.safeParse(many).error!;
    expect(issues.map(({ path, message }) => [path[0], message])).to.deep.equal([
      ['list', 'must have at most 3 elements'],
      ['pairs', 'must have at most 3 pairs'],
    ]);
    expect(looks).to.equal(0);
    expect(schema.safeParse({ list: [1], pairs: { a: 'b' } }).success).to.equal(true);
    expect(looks).to.be.above(0);
  });

  it('given texts of any length in an error, then long ones are cut and short ones unchanged', () => {
    const long = 'a\u0001😀'.repeat(50_000);
    const error = new AppError(ILLEGAL_TRANSITION, long, {
      errors: Array(1_000).fill({ path: long, message: long }) as { path: string; message: string }[],
      allowed: Array(1_000).fill(long) as string[],
    });
    const answer = JSON.stringify(problemOf(error, long, silentLogger));
    expect(Buffer.byteLength(answer)).to.be.below(MAX_ANSWER_BYTES);
    const short: Problem = {
      type: 't',
      title: 't',
      status: 400,
      detail: 'd',
      instance: '/orders',
      code: 'c',
      correlation_id: 'i',
      errors: [{ path: 'items[0].ä', message: 'no' }],
    };
    expect(boundedProblem(short)).to.deep.equal(short);
  });

  it('given any text, then the longest prefix of whole characters that fits into the byte limit as JSON is kept', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 10, max: 60 }), (text, max) => {
        const kept = boundedText(text, max);
        expect(Buffer.byteLength(JSON.stringify(kept)) - 2).to.be.at.most(max);
        if (kept !== text) expect(text.startsWith(kept.slice(0, -1))).to.equal(true);
        else expect(Buffer.byteLength(JSON.stringify(text)) - 2).to.be.at.most(max);
      }),
    );
  });
});
