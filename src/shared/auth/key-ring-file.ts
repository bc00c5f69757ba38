import { readFile } from 'node:fs/promises';
import { messageOf } from '../errors';
import { type Logger } from '../observability/logger';
import { createBackgroundLoop, type BackgroundLoop } from '../runtime/background-loop';
import { parseKeyRing, type KeyRing } from './key-ring';

/** How often the file is looked at, in milliseconds: a key must be published for longer than this before it signs. */
export const KEY_FILE_POLL_MS = 2_000;

export interface KeyRingSource {
  pem: string;
  /** The file that it was read from, which is followed; undefined: the environment, which does not change. */
  file: string | undefined;
}

/**
 * A key ring that follows its file, so that keys are rotated without a restart. A file that cannot be read or holds no good key
 * changes nothing.
 */
export function createKeyRing(source: KeyRingSource, logger: Logger): KeyRing & { watch: BackgroundLoop } {
  let text = source.pem;
  let ring = parseKeyRing(text);
  let rejected: string | null = null;
  const { file } = source;

  async function step(): Promise<'idle'> {
    if (file === undefined) return 'idle';
    const found = await readFile(file, 'utf8').catch((error: unknown) => `unreadable: ${messageOf(error)}`);
    if (found === text || found === rejected) return 'idle';
    try {
      ring = parseKeyRing(found);
      text = found;
      rejected = null;
      logger.info('the signing keys were read anew', { keys: ring.publicKeys().keys.length });
    } catch (error) {
      rejected = found;
      logger.warn('the signing keys cannot be read; the old ones stay', { error: messageOf(error) });
    }
    return 'idle';
  }

  return {
    signingKey: () => ring.signingKey(),
    findKey: (kid) => ring.findKey(kid),
    publicKeys: () => ring.publicKeys(),
    watch: createBackgroundLoop({ name: 'signing keys', step, idleMs: KEY_FILE_POLL_MS, logger }),
  };
}
