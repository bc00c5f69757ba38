import { createHash } from 'node:crypto';
import { type Redis } from 'ioredis';
import { z } from 'zod';
import { type BudgetKey, type FailureCounts, MINUTE_MS } from '../resilience/failure-budget';
import { type Queryable } from '../postgres/queryable';
import { cachedInstallationId } from '../postgres/installation';
import { type RedisAttempt } from './redis-client';

/** The time after which running attempts that were never settled, because their process died, are forgotten, in milliseconds. */
const RUNNING_MS = 10_000;

/**
 * KEYS: for each budget key a count of failures and a count of running attempts. ARGV: the limits in the same order, then RUNNING_MS and
 * MINUTE_MS. Returns {'exhausted', milliseconds}, {'busy', 0} or {'reserved', 0}. When a write is refused half-way, the reservations that
 * were made expire by themselves.
 */
const RESERVE = `
local running, busy, wait = {}, false, -1
for i = 1, #KEYS / 2 do
  local failures = tonumber(redis.call('GET', KEYS[2 * i - 1]) or '0')
  running[i] = tonumber(redis.call('GET', KEYS[2 * i]) or '0')
  local limit = tonumber(ARGV[i])
  if failures >= limit then
    local left = redis.call('PTTL', KEYS[2 * i - 1])
    if left < 0 then
      left = tonumber(ARGV[#ARGV])
      redis.call('PEXPIRE', KEYS[2 * i - 1], left)
    end
    wait = math.max(wait, left)
  end
  if failures + running[i] >= limit then busy = true end
end
if wait >= 0 then return {'exhausted', wait} end
if busy then return {'busy', 0} end
for i = 1, #KEYS / 2 do redis.call('SET', KEYS[2 * i], running[i] + 1, 'PX', ARGV[#ARGV - 1]) end
return {'reserved', 0}`;

/** The same KEYS. ARGV: '1' when the attempt failed, then the window in milliseconds. */
const SETTLE = `
for i = 1, #KEYS / 2 do
  if ARGV[1] == '1' and not redis.call('SET', KEYS[2 * i - 1], 1, 'PX', ARGV[2], 'NX') then
    redis.call('INCR', KEYS[2 * i - 1])
  end
  if tonumber(redis.call('GET', KEYS[2 * i]) or '0') > 0 then redis.call('DECR', KEYS[2 * i]) end
end
return 1`;

const reserveAnswer = z.tuple([z.enum(['exhausted', 'busy', 'reserved']), z.int().min(0)]);

/** Counts of failures that all instances of the service share. Calls fail while Redis cannot be both read and written. */
export function redisFailureCounts(redis: Redis, attempt: RedisAttempt, db: Queryable): FailureCounts {
  const installation = cachedInstallationId(db);

  const run = async (script: string, keys: readonly BudgetKey[], args: readonly (string | number)[]) =>
    attempt.run(async () => {
      const names = redisKeys(await installation(), keys);
      return redis.eval(script, names.length, ...names, ...args);
    });

  return {
    async reserve(keys) {
      const limits = keys.map(({ limit }) => limit);
      const [outcome, waitMs] = reserveAnswer.parse(
        await run(RESERVE, keys, [...limits, RUNNING_MS, MINUTE_MS]),
      );
      return outcome === 'exhausted' ? { exhaustedUntil: new Date(Date.now() + waitMs) } : outcome;
    },
    async settle(keys, hasFailed) {
      await run(SETTLE, keys, [hasFailed ? '1' : '0', MINUTE_MS]);
    },
  };
}

/**
 * The Redis keys of budget keys. They are hashed, because callers choose their length. The braces keep the keys on one node of a cluster,
 * which a script requires.
 */
function redisKeys(installation: string, keys: readonly BudgetKey[]): string[] {
  return keys.flatMap(({ key }) => {
    const name = `limit:{wrong-secrets:${installation}}:${createHash('sha256').update(key).digest('base64url')}`;
    return [`${name}:failures`, `${name}:running`];
  });
}
