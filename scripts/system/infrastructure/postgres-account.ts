import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { OperatorError } from '../operator-error';

export interface Account {
  readonly uid: number;
  readonly gid: number;
}

const UNPRIVILEGED = 'nobody';

/**
 * The account to run the server as, if not the current one. PostgreSQL refuses to run as root, so root runs it as the owner of existing
 * data, else as an existing unprivileged account.
 * @throws OperatorError when the data belongs to another user and this process is not root
 */
export function postgresAccount(dataFolder: string): Account | undefined {
  const owner = statSync(dataFolder, { throwIfNoEntry: false });
  const uid = process.getuid?.();
  if (uid !== 0) {
    if (owner !== undefined && uid !== undefined && owner.uid !== uid) {
      throw new OperatorError(
        `${dataFolder} belongs to another user (uid ${String(owner.uid)}): set LOCAL_DIR.`,
      );
    }
    return undefined;
  }
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  return { uid: lookUp('-u'), gid: lookUp('-g') };
}

function lookUp(option: '-u' | '-g'): number {
  return Number(spawnSync('id', [option, UNPRIVILEGED], { encoding: 'utf8' }).stdout.trim());
}

/**
 * Whether the account may traverse every folder of `path`. Tested by a process of that account, because mode bits do not show access
 * control lists or mount options.
 */
export function canReach(account: Account | undefined, path: string): boolean {
  if (account === undefined) return true;
  const { status } = spawnSync('/bin/sh', ['-c', 'test -x "$0"', path], { cwd: '/', ...account });
  return status === 0;
}
