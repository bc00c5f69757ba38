import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { OperatorError } from '../../../scripts/system/operator-error';
import { buildIfNeeded } from '../../../scripts/system/preparation/build';
import { runToEnd } from '../../../scripts/system/processes/run-to-end';
import { readSettings } from '../../../scripts/system/settings';
import { PROJECT } from '../../support/production-stack/instance';
import { type Build } from './build';

const FILES = ['src', 'package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];
const MAX_ARCHIVE_BYTES = 64 * 1_024 ** 2;

/**
 * Builds a commit below `.local/bench/builds/`, once. Node finds the packages of this checkout there; a commit with another
 * package-lock.json gets its own packages.
 *
 * @param commit its full id
 * @throws OperatorError of one line when the commit cannot be built
 */
export async function buildCommit(
  commit: string,
  say: (line: string) => void,
  project = PROJECT,
): Promise<Build> {
  const builds = join(project, '.local', 'bench', 'builds');
  const folder = join(builds, commit);
  if (!existsSync(folder)) {
    say(`building ${commit}`);
    mkdirSync(builds, { recursive: true });
    const unfinished = mkdtempSync(join(builds, 'unfinished-'));
    try {
      extract(commit, project, unfinished);
      if (hasOtherPackages(project, unfinished)) await installPackages(unfinished, say);
      await buildIfNeeded(readSettings(unfinished));
      renameSync(unfinished, folder);
    } catch (error) {
      rmSync(unfinished, { recursive: true, force: true });
      throw new OperatorError(`commit ${commit} cannot be built: ${firstLineOf(error)}`);
    }
  }
  return { id: 'against', folder };
}

function extract(commit: string, project: string, folder: string): void {
  const { status, stdout, stderr } = spawnSync('git', ['archive', commit, ...FILES], {
    cwd: project,
    maxBuffer: MAX_ARCHIVE_BYTES,
  });
  if (status !== 0) throw new Error(stderr.toString());
  const unpacked = spawnSync('tar', ['-x', '-C', folder], { input: stdout });
  if (unpacked.status !== 0) throw new Error(unpacked.error?.message ?? unpacked.stderr.toString());
}

function hasOtherPackages(project: string, folder: string): boolean {
  const [ours, theirs] = [project, folder].map((of) => readFileSync(join(of, 'package-lock.json'), 'utf8'));
  return ours !== theirs;
}

/** Only the packages of the services: compilers, servers and the load generator are those of this checkout. */
async function installPackages(folder: string, say: (line: string) => void): Promise<void> {
  say('its package-lock.json differs: npm ci');
  // The variables that npm sets for `npm run bench` describe this checkout.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));
  const args = ['ci', '--omit=dev', '--omit=optional', '--no-audit', '--no-fund'];
  const { exitCode, output } = await runToEnd('npm', args, { cwd: folder, env });
  if (exitCode !== 0) throw new Error(`npm ci failed: ${output.trim()}`);
}

function firstLineOf(error: unknown): string {
  const { message, details = [] } = error as Error & Partial<Pick<OperatorError, 'details'>>;
  return `${message} ${details[0] ?? ''}`.trim().split('\n')[0]!;
}
