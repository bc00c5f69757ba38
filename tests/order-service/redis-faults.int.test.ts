import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { ensureRedisProgram } from '../../scripts/system/infrastructure/redis-program';
import { startRedis, stopRedis } from '../../scripts/system/infrastructure/redis';
import { freePorts } from '../support/free-ports';
import { send } from '../support/api-client';
import { eventually } from '../support/eventually';
import { orderBody } from '../support/factories';
import { basic, postForm } from '../support/oauth';
import { startServicePair, type ServicePair } from '../support/service-pair';

interface Fault {
  name: string;
  begin: (redis: Redis) => Promise<unknown>;
  end: (redis: Redis) => Promise<unknown>;
  /** The reason that /health shows for Redis; undefined: Redis is up. */
  shown?: string;
}

const config = (redis: Redis, name: string, value: string) => redis.config('SET', name, value);

async function spoilCounts(redis: Redis): Promise<void> {
  for (const key of await redis.keys('*limit:*')) {
    await redis.del(key);
    await redis.rpush(key, 'not a count');
  }
}

const FAULTS: Fault[] = [
  {
    name: 'is full and does not evict (OOM)',
    begin: (redis) => config(redis, 'maxmemory', '1'),
    end: (redis) => config(redis, 'maxmemory', '0'),
    shown: 'it is full and accepts no writes',
  },
  {
    name: 'was demoted to a replica (READONLY)',
    begin: (redis) => redis.replicaof('127.0.0.1', 1),
    end: (redis) => redis.replicaof('NO', 'ONE'),
    shown: 'it is a replica and accepts no writes',
  },
  {
    name: 'has too few replicas (NOREPLICAS)',
    begin: (redis) => config(redis, 'min-replicas-to-write', '1'),
    end: (redis) => config(redis, 'min-replicas-to-write', '0'),
    shown: 'it has too few replicas and accepts no writes',
  },
  {
    name: 'does not permit writes (NOPERM)',
    begin: (redis) => redis.call('ACL', 'SETUSER', 'default', '-set', '-eval', '-incr', '-decr'),
    end: (redis) => redis.call('ACL', 'SETUSER', 'default', '+@all'),
    shown: 'it refuses the credentials',
  },
  {
    name: 'has values of another type under the keys (WRONGTYPE)',
    begin: spoilCounts,
    end: (redis) => redis.flushall(),
  },
];

describe('a Redis server that can be read but not written', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'redis-faults-'));
  let pid: number;
  let redis: Redis;
  let pair: ServicePair;
  before(async () => {
    const [port = 0] = await freePorts(1);
    const program = await ensureRedisProgram(process.env['PATH'] ?? '', join(folder, 'install.log'));
    ({ pid } = await startRedis({
      stateFolder: folder,
      program,
      port,
      logFile: join(folder, 'redis.log'),
      keepsSnapshots: false,
    }));
    redis = new Redis({ port, host: '127.0.0.1' });
    pair = await startServicePair({
      variables: {
        REDIS_URL: `redis://127.0.0.1:${port}`,
        TRUSTED_PROXIES: 'loopback',
        RATE_LIMIT_PER_MINUTE: '40',
      },
    });
  });
  after(async () => {
    await pair.stop();
    redis.disconnect();
    await stopRedis(pid);
    rmSync(folder, { recursive: true, force: true });
  });

  const signIn = async (secret: string, from: string): Promise<number> => {
    const headers = { ...basic('demo-client', secret), 'X-Forwarded-For': from };
    return (await postForm(`${pair.orderUrl}/auth/token`, { grant_type: 'client_credentials' }, headers))
      .status;
  };
  async function guess(times: number, from: string): Promise<number[]> {
    const statuses: number[] = [];
    for (let n = 0; n < times; n += 1) statuses.push(await signIn(`guess-${n}`, from));
    return statuses;
  }
  const health = async (from: string) =>
    (await send(`${pair.orderUrl}/health`, 'GET', undefined, { 'X-Forwarded-For': from })).body as {
      status: string;
      components: Record<string, object>;
    };

  FAULTS.forEach(({ name, begin, end, shown }, index) => {
    it(`given one that ${name}, then guesses and requests are still limited, replays are correct, and health shows the reason`, async () => {
      const [guesser, asker, prober] = [1, 2, 3].map((n) => `203.0.${index}.${n}`) as [
        string,
        string,
        string,
      ];
      expect(await guess(4, guesser)).to.deep.equal(Array(4).fill(401));
      const shop = await pair.client('demo-client');
      const order = orderBody();
      const place = () => shop.post('/orders', order, { 'Idempotency-Key': `fault-${index}` });
      await begin(redis);
      try {
        expect(await guess(8, guesser)).to.deep.equal([...Array<number>(6).fill(401), 429, 429]);
        expect(await signIn('demo-secret', guesser)).to.equal(429);
        expect(await signIn('demo-secret', asker)).to.equal(200);
        const [first, second] = [await place(), await place()];
        expect([first.status, second.status, second.text]).to.deep.equal([201, 201, first.text]);
        const statuses: number[] = [];
        for (let n = 0; n < 45; n += 1) {
          const headers = { 'X-Forwarded-For': asker };
          statuses.push((await send(`${pair.orderUrl}/orders`, 'GET', undefined, headers)).status);
        }
        expect(statuses.at(-1), 'the quota').to.equal(429);
        await eventually(async () => {
          const { status, components } = await health(prober);
          const expected = shown === undefined ? { status: 'up' } : { status: 'down', error: shown };
          expect([status, components['redis']]).to.deep.equal([
            shown === undefined ? 'up' : 'degraded',
            expected,
          ]);
        });
      } finally {
        await end(redis);
      }
      expect(await signIn('demo-secret', guesser), 'earlier counts are kept').to.equal(429);
      await eventually(async () =>
        expect((await health(prober)).components['redis']).to.deep.equal({ status: 'up' }),
      );
    });
  });

  it('given a server that now requires a password (NOAUTH), then the limits apply, and health shows that it refuses the credentials', async () => {
    await redis.config('SET', 'requirepass', 'secret');
    await redis.auth('secret');
    try {
      await redis.client('KILL', 'TYPE', 'normal');
      expect(await guess(12, '203.0.113.1')).to.deep.equal([...Array<number>(10).fill(401), 429, 429]);
      await eventually(async () => {
        const { components } = await health('203.0.113.2');
        expect(components['redis']).to.include({ status: 'down' });
        expect(JSON.stringify(components)).not.to.contain('127.0.0.1');
      });
    } finally {
      await redis.config('SET', 'requirepass', '');
    }
    await eventually(async () =>
      expect((await health('203.0.113.3')).components['redis']).to.deep.equal({ status: 'up' }),
    );
  });
});
