import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OperatorError } from '../operator-error';
import { runToEnd } from '../processes/run-to-end';
import { compile } from './compile';
import { type Settings } from '../settings';
import { commandLine, report, secondsSince } from '../terminal';

const BUILT_FROM = ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json'];

/** Whether dist/ was built from the present sources. */
export function isBuilt({ projectFolder }: Settings): boolean {
  const stamp = stampFile(projectFolder);
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === sourcesHash(projectFolder);
}

/** Compiles src/ to dist/ unless that was done already. */
export async function buildIfNeeded(settings: Settings): Promise<void> {
  if (isBuilt(settings)) return;
  const start = performance.now();
  await build(settings);
  report('build', `compiled in ${secondsSince(start)}`);
}

async function build({ projectFolder, environment }: Settings): Promise<void> {
  ensureWritable(projectFolder);
  const hash = sourcesHash(projectFolder);
  await compile(projectFolder);
  const { exitCode, output } = await runToEnd(process.execPath, [join('scripts', 'copy-migrations.mjs')], {
    cwd: projectFolder,
    env: environment,
  });
  if (exitCode !== 0) throw new OperatorError('The build failed:', output.trim().split('\n'));
  writeFileSync(stampFile(projectFolder), hash);
}

/** The compiler would name every file that it cannot write. */
function ensureWritable(projectFolder: string): void {
  const dist = join(projectFolder, 'dist');
  try {
    accessSync(existsSync(dist) ? dist : projectFolder, constants.W_OK);
  } catch {
    throw new OperatorError(
      `${dist} is not built from the present sources and cannot be written: run ${commandLine('up')} as the owner of ` +
        'the files, or use a copy of your own.',
    );
  }
}

function stampFile(projectFolder: string): string {
  return join(projectFolder, 'dist', '.built-from');
}

/** Content, not time: a checkout or a copy changes the times of files that are the same. */
function sourcesHash(projectFolder: string): string {
  const sources = readdirSync(join(projectFolder, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const hash = createHash('sha256');
  for (const file of [...sources, ...BUILT_FROM.map((name) => join(projectFolder, name))]) {
    hash.update(file.slice(projectFolder.length)).update(readFileSync(file));
  }
  return hash.digest('hex');
}
