import { type Redis } from 'ioredis';
import { PublicHealthError } from '../errors';

/** Below the prefix of the counts, so that an access rule for these lets it through, too. */
const KEY = 'limit:health-probe';
const MAX_AGE_MS = 10_000;

/** What the first word of an error reply means. */
const REPLIES: Readonly<Record<string, string>> = {
  OOM: 'it is full and takes no writes',
  READONLY: 'it is a replica and takes no writes',
  MISCONF: 'it cannot save and takes no writes',
  NOREPLICAS: 'it has too few replicas and takes no writes',
  LOADING: 'it is loading its data',
  MASTERDOWN: 'it is a replica without its primary',
  CLUSTERDOWN: 'its cluster is down',
  MOVED: 'it is one node of a cluster',
  NOAUTH: 'it refuses the credentials',
  WRONGPASS: 'it refuses the credentials',
  NOPERM: 'it refuses the credentials',
};

/**
 * Writes a key that lasts for seconds: a Redis that answers a ping may be full, read-only or not let us in.
 *
 * @throws PublicHealthError when it refuses the write; the error of the connection when it cannot be asked.
 */
export async function probeRedis(redis: Redis): Promise<void> {
  try {
    await redis.set(KEY, '1', 'PX', MAX_AGE_MS);
  } catch (error) {
    throw refusal(error);
  }
}

function refusal(error: unknown): unknown {
  if (!(error instanceof Error) || error.name !== 'ReplyError') return error;
  const [code = ''] = error.message.split(' ');
  return new PublicHealthError(REPLIES[code] ?? 'it refuses writes', { cause: error });
}
