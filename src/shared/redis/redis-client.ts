import { Redis } from 'ioredis';
import CircuitBreaker from 'opossum';
import { PublicHealthError } from '../errors';
import { type Logger } from '../observability/logger';
import { type Component } from '../runtime/lifecycle';

/** Has the prefix of the counts, so that an access rule for them allows this key too. */
const PROBE_KEY = 'limit:health-probe';
const PROBE_TTL_MS = 10_000;

/** The meaning of the first word of an error reply. */
const REPLIES: Readonly<Record<string, string>> = {
  OOM: 'it is full and accepts no writes',
  READONLY: 'it is a replica and accepts no writes',
  MISCONF: 'it cannot save its data and accepts no writes',
  NOREPLICAS: 'it has too few replicas and accepts no writes',
  LOADING: 'it is loading its data',
  MASTERDOWN: 'it is a replica without its primary',
  CLUSTERDOWN: 'its cluster is down',
  MOVED: 'it is one node of a cluster',
  NOAUTH: 'it refuses the credentials',
  WRONGPASS: 'it refuses the credentials',
  NOPERM: 'it refuses the credentials',
};

/** The service's connection to Redis, as a component that the service starts and stops. */
export interface RedisConnection extends Component {
  redis: Redis;
  attempt: RedisAttempt;
  /** Resolves when Redis accepts a write; see {@link probeRedis}. */
  check(): Promise<void>;
}

/**
 * Creates a Redis connection that fails at once instead of queueing commands: Redis only serves to be faster than the database, so
 * waiting for it defeats its purpose.
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
      // Redis may be unavailable: the client keeps trying to connect.
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
    if (isDown) logger.info('redis is available again');
    isDown = false;
  });
  redis.on('error', (error) => {
    if (!isDown)
      logger.warn('redis is unavailable; replays are answered from the database', { error: error.message });
    isDown = true;
  });
  return redis;
}

/** Runs Redis commands; while Redis keeps failing, no command is sent to it. */
export interface RedisAttempt {
  /** @throws Error at once while Redis is known to be unavailable, else within 150 ms. */
  run<T>(command: () => Promise<T>): Promise<T>;
  stop(): void;
}

function createRedisAttempt(): RedisAttempt {
  const breaker = new CircuitBreaker((command: () => Promise<unknown>) => command(), {
    timeout: 150,
    errorThresholdPercentage: 50,
    volumeThreshold: 3,
    resetTimeout: 1_000,
    // An error reply arrives as fast as any answer and says nothing about other commands.
    errorFilter: (error: Error) => error.name === 'ReplyError',
  });
  return {
    run: <T>(command: () => Promise<T>) => breaker.fire(command) as Promise<T>,
    stop: () => breaker.shutdown(),
  };
}

export type RedisCommand = readonly [name: string, ...args: (string | number)[]];

/**
 * Sends commands together. Returns the error reply or the answer of each, in their order.
 *
 * @throws the error of the first command that was not answered, so that {@link RedisAttempt} counts it.
 */
export async function runTogether(
  redis: Redis,
  commands: readonly RedisCommand[],
): Promise<[error: Error | null, result: unknown][]> {
  const answers = (await redis.pipeline(commands.map((command) => [...command])).exec()) ?? [];
  const unanswered = answers.find(([error]) => error !== null && error.name !== 'ReplyError');
  if (unanswered?.[0]) throw unanswered[0];
  return answers;
}

/**
 * Writes a key that expires after seconds: a Redis that answers a ping may be full, read-only or refuse our credentials.
 *
 * @throws PublicHealthError when Redis refuses the write; the error of the connection when Redis does not answer.
 */
async function probeRedis(redis: Redis): Promise<void> {
  try {
    await redis.set(PROBE_KEY, '1', 'PX', PROBE_TTL_MS);
  } catch (error) {
    throw refusal(error);
  }
}

function refusal(error: unknown): unknown {
  if (!(error instanceof Error) || error.name !== 'ReplyError') return error;
  const [code = ''] = error.message.split(' ');
  return new PublicHealthError(REPLIES[code] ?? 'it refuses writes', { cause: error });
}
