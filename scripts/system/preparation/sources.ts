import { createHash } from 'node:crypto';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const BUILT_FROM = ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json'];

/** Whether dist/ was built from the present sources, with tsc or with swc. */
export function isBuiltFromSources(projectFolder: string): boolean {
  const stamp = stampFile(projectFolder);
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === sourcesHash(projectFolder);
}

/**
 * Adds to the compiled files in dist/ the migrations, which the services read from beside their code, removes files without a source, and
 * notes the sources.
 */
export function finishBuild(projectFolder: string, hash = sourcesHash(projectFolder)): void {
  const source = join(projectFolder, 'src');
  const target = join(projectFolder, 'dist');
  for (const name of readdirSync(target, { recursive: true, encoding: 'utf8' })) {
    const isOutput = /\.js(\.map)?$/.test(name);
    const sourceName = name.replace(/\.js(\.map)?$/, '.ts');
    if (isOutput && !existsSync(join(source, sourceName))) rmSync(join(target, name));
  }
  for (const entry of readdirSync(source, { recursive: true, withFileTypes: true })) {
    if (!entry.isDirectory() || entry.name !== 'migrations') continue;
    const migrations = join(entry.parentPath, entry.name);
    cpSync(migrations, join(target, migrations.slice(source.length)), { recursive: true });
  }
  writeFileSync(stampFile(projectFolder), hash);
}

function stampFile(projectFolder: string): string {
  return join(projectFolder, 'dist', '.built-from');
}

/** Content, not time: a checkout or a copy changes the times of files that are the same. */
export function sourcesHash(projectFolder: string): string {
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
