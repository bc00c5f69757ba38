import { createHash } from 'node:crypto';
import { type Redis } from 'ioredis';
import { z } from 'zod';
import { type BudgetKey, type FailureCounts, MINUTE_MS } from '../resilience/failure-budget';
import { type Queryable } from '../postgres/queryable';
import { cachedInstallationId } from '../postgres/installation';
import { createBatchLoader } from '../runtime/batch-loader';
import { type RedisAttempt, type RedisCommand, runTogether } from './redis-client';

/** The time after which running attempts that were never settled, because their process died, are forgotten, in milliseconds. */
const RUNNING_MS = 10_000;

/**
 * KEYS: for each budget key a count of failures and a count of running attempts. ARGV: the limits in the same order, another argument, and
 * MINUTE_MS. Returns {'exhausted', milliseconds} or {'busy', 0} from the script that begins with this.
 */
const REFUSE = `
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
if busy then return {'busy', 0} end`;

/** The other argument is RUNNING_MS. When a write is refused half-way, the reservations that were made expire by themselves. */
const RESERVE = `${REFUSE}
for i = 1, #KEYS / 2 do redis.call('SET', KEYS[2 * i], running[i] + 1, 'PX', ARGV[#ARGV - 1]) end
return {'reserved', 0}`;

/** The other argument is '1' when the attempt failed. */
const COUNT = `${REFUSE}
for i = 1, #KEYS / 2 do
  if ARGV[#ARGV - 1] == '1' and not redis.call('SET', KEYS[2 * i - 1], 1, 'PX', ARGV[#ARGV], 'NX') then
    redis.call('INCR', KEYS[2 * i - 1])
  end
end
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

const answer = z.tuple([z.enum(['exhausted', 'busy', 'reserved']), z.int().min(0)]);

interface ScriptCall {
  script: string;
  keys: readonly BudgetKey[];
  args: readonly (string | number)[];
}

/** Counts of failures that all instances of the service share. Calls fail while Redis cannot be both read and written. */
export function redisFailureCounts(redis: Redis, attempt: RedisAttempt, db: Queryable): FailureCounts {
  const installation = cachedInstallationId(db);

  /** Runs the scripts of concurrent attempts with one call. */
  const runAll = createBatchLoader(async (calls: readonly ScriptCall[]) => {
    const id = await installation();
    const commands = calls.map(({ script, keys, args }): RedisCommand => {
      const names = redisKeys(id, keys);
      return ['eval', script, names.length, ...names, ...args];
    });
    return attempt.run(() => runTogether(redis, commands));
  });

  /** @throws Error when Redis refuses the script, or cannot be reached. */
  async function run(call: ScriptCall): Promise<unknown> {
    const [error, result] = await runAll(call);
    if (error) throw error;
    return result;
  }

  const ask = async (script: string, keys: readonly BudgetKey[], argument: string | number) => {
    const limits = keys.map(({ limit }) => limit);
    const [outcome, waitMs] = answer.parse(
      await run({ script, keys, args: [...limits, argument, MINUTE_MS] }),
    );
    return outcome === 'exhausted' ? { exhaustedUntil: new Date(Date.now() + waitMs) } : outcome;
  };

  /** The counts of several attempts with one call, in the order of their keys. */
  const read = createBatchLoader(async (attempts: readonly (readonly BudgetKey[])[]) => {
    const id = await installation();
    const names = attempts.map((keys) => redisKeys(id, keys));
    const values = await attempt.run(() => redis.mget(names.flat()));
    let position = 0;
    return names.map(({ length }) => values.slice(position, (position += length)).map(Number));
  });

  return {
    reserve: (keys) => ask(RESERVE, keys, RUNNING_MS),
    async count(keys, hasFailed) {
      // Nearly every attempt succeeds and is far from its limits: reading is enough then.
      if (!hasFailed && isBelow(keys, await read(keys))) return 'reserved';
      return ask(COUNT, keys, hasFailed ? '1' : '0');
    },
    async settle(keys, hasFailed) {
      await run({ script: SETTLE, keys, args: [hasFailed ? '1' : '0', MINUTE_MS] });
    },
  };
}

/** @param counts of failures and of running attempts, for each key. */
const isBelow = (keys: readonly BudgetKey[], counts: readonly number[]): boolean =>
  keys.every(({ limit }, index) => {
    const [failures = limit, running = 0] = counts.slice(2 * index, 2 * index + 2);
    return failures + running < limit;
  });

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
