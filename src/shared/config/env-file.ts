import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { messageOf } from '../errors';

/**
 * The variables of a file such as `.env`; none when there is no such file. A byte order mark, which some editors write, does not count.
 *
 * @throws Error that names the file when it cannot be read.
 */
export function readEnvFile(path: string): Readonly<Record<string, string | undefined>> {
  const text = textOf(path);
  return text === null ? {} : parseEnv(text.replace(/^\uFEFF/, ''));
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new Error(`${path} cannot be read: ${messageOf(cause)}`, { cause });
  }
}
