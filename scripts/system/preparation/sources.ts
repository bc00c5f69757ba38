import { createHash } from 'node:crypto';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const BUILT_FROM = ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json'];

/** Whether dist/ was built from the present sources, with tsc or with swc. */
export function isBuiltFromSources(projectFolder: string): boolean {
  const stamp = stampFile(projectFolder);
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === sourcesHash(projectFolder);
}

/** From now on dist/ counts as not built. */
export function beginBuild(projectFolder: string): void {
  rmSync(stampFile(projectFolder), { force: true });
}

/**
 * Copies the migrations to dist/, removes compiled files without a source, and writes the hash of the sources.
 *
 * @param hash of the sources that were compiled, taken before the compilation.
 */
export function finishBuild(projectFolder: string, hash: string): void {
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
    const copies = join(target, migrations.slice(source.length));
    rmSync(copies, { recursive: true, force: true });
    cpSync(migrations, copies, { recursive: true });
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
