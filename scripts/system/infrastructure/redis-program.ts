import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { OperatorError } from '../operator-error';
import { installRedis } from './install-redis';

const PROGRAMS = ['redis-server', 'valkey-server'];
const HOW_TO_GET_IT =
  'install redis-server or valkey-server (Debian, Ubuntu: sudo apt-get install redis-server; ' +
  'Fedora: sudo dnf install valkey; macOS: brew install redis), or set INFRA=external.';

/** No Redis program exists on this machine, and none could be installed. */
export class RedisMissing extends OperatorError {}

/**
 * Path of a Redis server on `searchPath` (format of PATH). A missing server is installed if this process has the permission.
 * @param installLog file for the output of the installation
 * @throws RedisMissing with instructions for the installation
 */
export async function ensureRedisProgram(searchPath: string, installLog: string): Promise<string> {
  const program = findProgram(PROGRAMS, searchPath);
  if (program !== null) return program;
  const packager = findProgram(['apt-get'], searchPath);
  if (packager === null || process.getuid?.() !== 0)
    throw new RedisMissing(`Redis is missing: ${HOW_TO_GET_IT}`);
  await installRedis(packager, searchPath, installLog);
  const installed = findProgram(PROGRAMS, searchPath);
  if (installed !== null) return installed;
  throw new RedisMissing(
    `Redis is missing, and apt-get could not install it (see ${installLog}): ${HOW_TO_GET_IT}`,
  );
}

function findProgram(names: readonly string[], searchPath: string): string | null {
  const folders = searchPath.split(delimiter).filter((folder) => folder !== '');
  const candidates = folders.flatMap((folder) => names.map((name) => join(folder, name)));
  return candidates.find(isExecutable) ?? null;
}

/** Whether this process may execute the file. */
export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
