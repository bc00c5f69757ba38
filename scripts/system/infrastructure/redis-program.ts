import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { OperatorError } from '../operator-error';
import { installRedis } from './install-redis';

const PROGRAMS = ['redis-server', 'valkey-server'];
const HOW_TO_GET_IT =
  'Redis is missing: install redis-server or valkey-server (Debian, Ubuntu: sudo apt-get install redis-server; ' +
  'Fedora: sudo dnf install valkey; macOS: brew install redis), or set INFRA=external.';

/**
 * Path of a Redis server on `searchPath` (the form of PATH). Where it is missing and we may, it is installed.
 * @throws OperatorError that says how to get it
 */
export function ensureRedisProgram(searchPath: string): string {
  const program = findProgram(PROGRAMS, searchPath);
  if (program !== null) return program;
  const packager = findProgram(['apt-get'], searchPath);
  if (packager === null || process.getuid?.() !== 0) throw new OperatorError(HOW_TO_GET_IT);
  installRedis(packager, searchPath);
  const installed = findProgram(PROGRAMS, searchPath);
  if (installed === null) throw new OperatorError(HOW_TO_GET_IT);
  return installed;
}

function findProgram(names: readonly string[], searchPath: string): string | null {
  const folders = searchPath.split(delimiter).filter((folder) => folder !== '');
  const candidates = folders.flatMap((folder) => names.map((name) => join(folder, name)));
  return candidates.find(isExecutable) ?? null;
}

/** Whether this process may run that file. */
export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
