import { existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { composeDown } from '../infrastructure/docker-compose';
import { removePostgresFolders } from '../infrastructure/postgres-folders';
import { OperatorError } from '../operator-error';
import { type Settings } from '../settings';
import { agreedSettings } from '../instance/settings-in-force';
import { withLock } from '../instance/with-lock';
import { currentSystem } from '../system';
import { shortPath } from '../terminal';
import { stopSystem } from './down';

/**
 * Stops the system and removes its local data: orders, logs, keys. External databases, queues and Redis (INFRA=external) are not changed.
 */
export async function reset(given: Settings, options: { yes: boolean }): Promise<number> {
  const settings = agreedSettings(given);
  const folder = shortPath(settings.stateFolder);
  const { infra } = currentSystem(settings);
  const kept =
    infra === 'external'
      ? 'logs and keys; external databases, queues and Redis are kept'
      : 'all orders, logs and keys';
  if (!options.yes && !(await confirmed(`${folder} with ${kept}`))) {
    console.log('Nothing was removed.');
    return 1;
  }
  return withLock(settings, 'reset', async () => {
    await stopSystem(settings);
    if (infra === 'docker') composeDown(settings, { wipe: true });
    removeState(settings.stateFolder);
    console.log(`Removed ${folder}.`);
    return 0;
  });
}

/** Removes only known entries: LOCAL_DIR may be a folder that contains other files. */
function removeState(stateFolder: string): void {
  removePostgresFolders(stateFolder);
  for (const name of ['redis', 'logs', 'keys', 'mail', 'run']) {
    rmSync(join(stateFolder, name), { recursive: true, force: true });
  }
  if (existsSync(stateFolder) && readdirSync(stateFolder).length === 0) rmdirSync(stateFolder);
}

async function confirmed(what: string): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new OperatorError('reset removes all data: without a terminal it needs --yes.');
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(`Stop the system and remove ${what}? [y/N] `);
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}
