import { expect } from 'chai';
import { createMemoryReplayCache } from '../../../src/shared/idempotency/replay-cache';
import { type IdempotencyRecord } from '../../../src/shared/idempotency/idempotency-records';

describe('the replay cache in memory', () => {
  const submission = (key: string, windowSeconds: number | null = null): IdempotencyRecord => ({
    ...{
      clientId: 'shop',
      route: 'POST /orders',
      kind: 'key',
      key,
      windowSeconds,
      untilCancelled: false,
      formerKey: null,
    },
    ...{ fingerprint: `f-${key}`, orderId: 'o', responseStatus: 201, responseBody: '{}' },
  });

  it('given a submission, then it is found under its client, route, kind and key, and under no other', async () => {
    const cache = createMemoryReplayCache();
    await cache.store(submission('a'));
    expect(await cache.find(submission('a'))).to.deep.equal({
      ...{ fingerprint: 'f-a', orderId: 'o', responseStatus: 201, responseBody: '{}' },
    });
    const others = [{ clientId: 'other' }, { route: 'POST /x' }, { kind: 'content' as const }, { key: 'b' }];
    for (const other of others) expect(await cache.find({ ...submission('a'), ...other })).to.equal(null);
  });

  it('given a window, then an entry expires with it, and a window of 0 s caches nothing', async () => {
    let now = 0;
    const cache = createMemoryReplayCache(() => now);
    await cache.store(submission('a', 60));
    await cache.store(submission('b', 0));
    now = 59_999;
    expect(await cache.find(submission('a'))).not.to.equal(null);
    expect(await cache.find(submission('b'))).to.equal(null);
    now = 60_000;
    expect(await cache.find(submission('a'))).to.equal(null);
  });

  it('given more records than its limit, then the oldest are evicted', async () => {
    const cache = createMemoryReplayCache();
    for (let n = 0; n <= 10_000; n += 1) await cache.store(submission(String(n)));
    expect(await cache.find(submission('0'))).to.equal(null);
    expect(await cache.find(submission('1'))).not.to.equal(null);
    expect(await cache.find(submission('10000'))).not.to.equal(null);
  });
});
