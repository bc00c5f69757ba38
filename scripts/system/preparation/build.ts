import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OperatorError } from '../operator-error';
import { runToEnd } from '../processes/run-to-end';
import { type Settings } from '../settings';
import { report, secondsSince } from '../terminal';

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

/** Without the type check, which takes half of the time and belongs to the tests. */
async function build({ projectFolder, environment }: Settings): Promise<void> {
  const hash = sourcesHash(projectFolder);
  const compiler = join(projectFolder, 'node_modules', 'typescript', 'bin', 'tsc');
  const steps = [
    [compiler, '--project', 'tsconfig.build.json', '--noCheck'],
    [join('scripts', 'copy-migrations.mjs')],
  ];
  for (const step of steps) {
    const { exitCode, output } = await runToEnd(process.execPath, step, {
      cwd: projectFolder,
      env: environment,
    });
    if (exitCode !== 0) throw new OperatorError('The build failed:', output.trim().split('\n'));
  }
  writeFileSync(stampFile(projectFolder), hash);
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
