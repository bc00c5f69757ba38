import { Redis } from 'ioredis';
import { type Logger } from '../observability/logger';
import { type Component } from '../runtime/lifecycle';
import { createRedisAttempt, type RedisAttempt } from './redis-attempt';
import { probeRedis } from './redis-probe';

/** The service's connection to Redis, and its place in the life of the service. */
export interface RedisConnection extends Component {
  redis: Redis;
  attempt: RedisAttempt;
  /** Resolves when Redis takes a write; see {@link probeRedis}. */
  check(): Promise<void>;
}

/**
 * A Redis connection that fails at once instead of queueing: Redis is only ever faster than the database, so waiting for it
 * defeats its purpose.
 */
export function createRedisConnection(url: string, logger: Logger): RedisConnection {
  const redis = createRedisClient(url, logger);
  const attempt = createRedisAttempt();
  return {
    name: 'redis',
    redis,
    attempt,
    check: () => probeRedis(redis),
    async start() {
      // Redis may be away: the client goes on trying by itself.
      await redis.connect().catch(() => undefined);
    },
    stop() {
      attempt.stop();
      redis.disconnect();
      return Promise.resolve();
    },
  };
}

function createRedisClient(url: string, logger: Logger): Redis {
  const redis = new Redis(url, {
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    connectTimeout: 1_000,
    commandTimeout: 100,
    retryStrategy: (attempt) => Math.min(attempt * 50, 1_000),
  });
  let isDown = false;
  redis.on('ready', () => {
    if (isDown) logger.info('redis is back');
    isDown = false;
  });
  redis.on('error', (error) => {
    if (!isDown)
      logger.warn('redis is away; replays are answered from the database', { error: error.message });
    isDown = true;
  });
  return redis;
}
