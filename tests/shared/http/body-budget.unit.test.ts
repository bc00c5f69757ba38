import { EventEmitter } from 'node:events';
import { expect } from 'chai';
import { type Request, type Response } from 'express';
import sinon from 'sinon';
import { bodyBudget } from '../../../src/shared/http/body-budget';

const MB = 1024 * 1024;

describe('the budget of large bodies', () => {
  let clock: sinon.SinonFakeTimers;
  beforeEach(() => (clock = sinon.useFakeTimers({ toFake: ['setTimeout', 'performance'] })));
  afterEach(() => clock.restore());

  const budget = () => bodyBudget({ maxBytes: 5 * MB, perClientBytes: 10 * MB, totalBytes: 15 * MB });

  /** The code of the refusal; `taken` when the request is accepted. */
  function ask(
    handler: ReturnType<typeof budget>,
    clientId: string,
    bytes: number | null = 5 * MB,
    body?: Buffer,
    { hasLeft = false, encoding = null as string | null } = {},
  ) {
    const headers = {
      ...(bytes !== null && { 'content-length': String(bytes) }),
      ...(encoding !== null && { 'content-encoding': encoding }),
    };
    const request = { caller: { clientId }, headers, body };
    const response = Object.assign(new EventEmitter(), { destroyed: hasLeft });
    let outcome = 'taken';
    let retryAfter: number | undefined;
    void handler(request as unknown as Request, response as unknown as Response, (error?: unknown) => {
      if (!error) return;
      outcome = (error as { code: string }).code;
      retryAfter = (error as { retryAfterSeconds?: number }).retryAfterSeconds;
    });
    return { outcome, retryAfter, end: () => response.emit('close') };
  }

  it('given bodies that are answered at once, then a client sends no more than 10 MB a second', () => {
    const handler = budget();
    for (let second = 0; second < 3; second += 1) {
      for (let n = 0; n < 2; n += 1) {
        const { outcome, end } = ask(handler, 'shop');
        expect(outcome).to.equal('taken');
        end();
      }
      expect(ask(handler, 'shop').outcome).to.equal('quota_exceeded');
      clock.tick(1_000);
    }
  });

  it('given callers that left before the check, then nothing is reserved', () => {
    const handler = budget();
    for (let n = 0; n < 10; n += 1)
      expect(ask(handler, 'shop', 5 * MB, undefined, { hasLeft: true }).outcome).to.equal('taken');
    expect(ask(handler, 'shop').outcome).to.equal('taken');
  });

  it('given small bodies, then their share is released in proportion', () => {
    const handler = budget();
    for (let n = 0; n < 1_000; n += 1) {
      const { outcome, end } = ask(handler, 'shop', 50_000);
      expect(outcome).to.equal('taken');
      end();
      clock.tick(13);
    }
  });

  for (const [name, bytes, encoding] of [
    ['without Content-Length', null, null],
    ['that are compressed', 400, 'gzip'],
  ] as const)
    it(`given small bodies ${name}, then they are accepted one after the other`, () => {
      const handler = budget();
      for (let n = 0; n < 20; n += 1) {
        const { outcome, end } = ask(handler, 'shop', bytes, Buffer.alloc(10_000), { encoding });
        expect(outcome).to.equal('taken');
        end();
        clock.tick(2);
      }
    });

  it('given a body whose answer takes longer, then its share is released when it is answered, not before', () => {
    const handler = budget();
    const held = [ask(handler, 'shop'), ask(handler, 'shop')];
    clock.tick(60_000);
    expect(ask(handler, 'shop').outcome).to.equal('quota_exceeded');
    held[0]!.end();
    clock.tick(0);
    expect(ask(handler, 'shop').outcome).to.equal('taken');
  });

  it('given clients that use the whole budget, then another client is refused with a short Retry-After', () => {
    const handler = budget();
    for (const clientId of ['a', 'b', 'c']) expect(ask(handler, clientId).outcome).to.equal('taken');
    expect(ask(handler, 'd').outcome).to.equal('unavailable');
  });

  for (const encoding of ['gzip', 'br'])
    it(`given ${encoding} bodies that cannot be decoded, then they take the budget only as long as decoding can have taken`, () => {
      const handler = budget();
      for (let n = 0; n < 100; n += 1) {
        const broken = ask(handler, 'shop', 40, undefined, { encoding });
        expect(broken.outcome).to.equal('taken');
        clock.tick(1);
        broken.end();
        for (const clientId of ['shop', 'other'])
          for (let plain = 0; plain < 2; plain += 1) {
            const { outcome, end } = ask(handler, clientId, 40, Buffer.alloc(40));
            expect(outcome).to.equal('taken');
            end();
          }
        clock.tick(40);
      }
    });

  it('given a compressed body that took long to refuse, then it holds what it can have been decompressed to', () => {
    const handler = budget();
    for (let n = 0; n < 2; n += 1) {
      const bomb = ask(handler, 'shop', 4_000, undefined, { encoding: 'gzip' });
      clock.tick(50);
      bomb.end();
    }
    const next = ask(handler, 'shop', 4_000, undefined, { encoding: 'gzip' });
    expect(next).to.include({ outcome: 'quota_exceeded', retryAfter: 1 });
    clock.tick(1_000);
    expect(ask(handler, 'shop', 4_000, undefined, { encoding: 'gzip' }).outcome).to.equal('taken');
  });

  it('given a reservation that lasts for seconds, then Retry-After says so', () => {
    const handler = bodyBudget({ maxBytes: 64 * MB, perClientBytes: 64 * MB, totalBytes: 128 * MB });
    const long = ask(handler, 'shop', 64 * MB, Buffer.alloc(30 * MB), { encoding: 'gzip' });
    long.end();
    expect(ask(handler, 'shop', 64 * MB)).to.include({ outcome: 'quota_exceeded', retryAfter: 6 });
    ask(handler, 'other', 64 * MB, Buffer.alloc(5 * MB)).end();
    expect(ask(handler, 'shop', 64 * MB)).to.include({ outcome: 'quota_exceeded', retryAfter: 6 });
    expect(ask(handler, 'other', 64 * MB)).to.include({ outcome: 'quota_exceeded', retryAfter: 1 });
    clock.tick(6_000);
    expect(ask(handler, 'shop', 64 * MB).outcome).to.equal('taken');
  });
});
