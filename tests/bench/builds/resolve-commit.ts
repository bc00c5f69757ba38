import { spawnSync } from 'node:child_process';
import { PROJECT } from '../../support/production-stack/instance';

/**
 * The full id of a commit of this repository.
 *
 * @throws Error with one line when git, the repository or the commit is missing
 */
export function resolveCommit(name: string, project = PROJECT): string {
  const toTop = git(project, 'rev-parse', '--show-cdup');
  // Not empty: the project was unpacked below the folder of another repository.
  if (toTop !== '') throw new Error(`--against needs the git repository of the project; ${project} is none`);
  const commit = git(project, 'rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`);
  if (commit === null)
    throw new Error(
      `--against: there is no commit "${name}" in this repository; a shallow clone gets older ones with git fetch --unshallow`,
    );
  return commit;
}

/** What git printed; null when it failed. */
function git(cwd: string, ...args: string[]): string | null {
  const { error, status, stdout } = spawnSync('git', args, { cwd, encoding: 'utf8' });
  if (error) throw new Error(`--against needs git: ${error.message}`, { cause: error });
  return status === 0 ? stdout.trim() : null;
}
