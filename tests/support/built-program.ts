import { join } from 'node:path';
import { buildIfNeeded } from '../../scripts/system/preparation/build';
import { readSettings } from '../../scripts/system/settings';

const PROJECT = join(__dirname, '..', '..');

let built: Promise<void> | undefined;

/**
 * The compiled program of the present sources, such as `order-service/server`: it starts in half the time that ts-node takes.
 *
 * @returns the path of its file.
 */
export async function builtProgram(name: string): Promise<string> {
  built ??= buildIfNeeded(readSettings(PROJECT));
  await built;
  return join(PROJECT, 'dist', `${name}.js`);
}
