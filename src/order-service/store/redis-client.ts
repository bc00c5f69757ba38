import { Redis } from 'ioredis';
import { type Logger } from '../../shared/observability/logger';

/**
 * A Redis connection that fails at once instead of queueing: Redis is only ever faster than the database, so waiting for it
 * defeats its purpose.
 */
export function createRedisClient(url: string, logger: Logger): Redis {
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
