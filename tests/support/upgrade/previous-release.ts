import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Context } from 'mocha';
import { buildIfNeeded } from '../../../scripts/system/preparation/build';
import { readSettings } from '../../../scripts/system/settings';
import { PROJECT, type Release } from './release';

/** The previous release. At each release, set it to the commit that was released before; its migrations must be a prefix of the present ones. */
const PREVIOUS_RELEASE = '23ec8ddb7635c85b3b4f4b88c9538eb0001844b9';

/** Below node_modules, where Node finds the packages of this checkout. */
const CACHE = join(PROJECT, 'node_modules', '.cache', 'previous-release');
const FILES = ['src', 'package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];

/**
 * The previous release, built from the history of this repository with the packages of this checkout. The build is kept for later runs.
 * Without that commit in the history, the tests of the present suite are skipped.
 */
export async function previousRelease(context: Context): Promise<Release> {
  if (!isInHistory()) {
    process.stderr.write(
      `The tests of the upgrade are skipped: commit ${PREVIOUS_RELEASE} of the previous release is not in this repository. ` +
        'A shallow clone gets it with: git fetch --unshallow\n',
    );
    context.skip();
  }
  const folder = join(CACHE, PREVIOUS_RELEASE);
  if (!existsSync(folder)) await build(folder);
  return { program: (name) => Promise.resolve(join(folder, 'dist', `${name}.js`)) };
}

function isInHistory(): boolean {
  const { status } = spawnSync('git', ['cat-file', '-e', `${PREVIOUS_RELEASE}^{commit}`], {
    cwd: PROJECT,
    stdio: 'ignore',
  });
  return status === 0;
}

/** Several test processes may build at once: each builds in its own folder, and the first to end gives it the final name. */
async function build(folder: string): Promise<void> {
  mkdirSync(CACHE, { recursive: true });
  const temporary = mkdtempSync(join(CACHE, 'build-'));
  const archive = execFileSync('git', ['archive', PREVIOUS_RELEASE, ...FILES], {
    cwd: PROJECT,
    maxBuffer: 64 * 1_024 ** 2,
  });
  execFileSync('tar', ['-x', '-C', temporary], { input: archive });
  await buildIfNeeded(readSettings(temporary));
  try {
    renameSync(temporary, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
    rmSync(temporary, { recursive: true });
  }
}
