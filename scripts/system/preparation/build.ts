import { accessSync, constants, existsSync } from 'node:fs';
import { join } from 'node:path';
import { OperatorError } from '../operator-error';
import { type Settings } from '../settings';
import { commandLine, report, secondsSince } from '../terminal';
import { compile } from './compile';
import { beginBuild, finishBuild, isBuiltFromSources, sourcesHash } from './sources';

/** Compiles src/ to dist/ unless dist/ is up to date. */
export async function buildIfNeeded(settings: Settings): Promise<void> {
  if (isBuiltFromSources(settings.projectFolder)) return;
  const start = performance.now();
  await build(settings);
  report('build', `compiled in ${secondsSince(start)}`);
}

async function build({ projectFolder }: Settings): Promise<void> {
  ensureWritable(projectFolder);
  const hash = sourcesHash(projectFolder);
  beginBuild(projectFolder);
  await compile(projectFolder);
  finishBuild(projectFolder, hash);
}

/** Avoids one compiler error per file. */
function ensureWritable(projectFolder: string): void {
  const dist = join(projectFolder, 'dist');
  try {
    accessSync(existsSync(dist) ? dist : projectFolder, constants.W_OK);
  } catch {
    throw new OperatorError(
      `${dist} is not built from the current sources and is not writable: run ${commandLine('up')} as the owner of ` +
        'the files, or use your own copy.',
    );
  }
}
