import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { expect } from 'chai';

type Group = 'dependencies' | 'optionalDependencies' | 'devDependencies';
type Manifest = Partial<Record<Group, Record<string, string>>>;

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
const locked = (
  JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, Manifest> }
).packages;

const namesIn = (...groups: Group[]): string[] =>
  groups.flatMap((group) => Object.keys(manifest[group] ?? {}));

/** Modules of mocha and of the code generators: development only. */
const OF_DEVELOPMENT = /^scripts\/(contract\/|system\/tests\/lane-reporter\.ts)/;

describe('the dependencies', () => {
  it('given the sources of the services, then they import only packages of a production installation', () => {
    expect(importsBelow('src').filter(([, name]) => !namesIn('dependencies').includes(name))).to.deep.equal(
      [],
    );
  });

  it('given the scripts of the running system and its client, then they import only packages that the first start installs', () => {
    const installed = namesIn('dependencies', 'optionalDependencies');
    const imports = [...importsBelow('scripts'), ...importsBelow('client')].filter(
      ([file]) => !OF_DEVELOPMENT.test(file),
    );
    expect(imports.map(([, name]) => name)).to.include.members(['commander', '@swc/core', 'openapi-fetch']);
    expect(imports.filter(([, name]) => !installed.includes(name))).to.deep.equal([]);
  });

  it('given an installation without optional packages, then every package that the services need is included', () => {
    const needed = neededPaths(namesIn('dependencies'));
    expect(needed.size).to.be.above(100);
    const optional = [...needed].flatMap((path) => Object.keys(locked[path]?.optionalDependencies ?? {}));
    // pg needs this package only in Cloudflare's runtime.
    expect(optional).to.deep.equal(['pg-cloudflare']);
  });
});

/** Each file below the folder with the name of each package that it imports. */
function importsBelow(folder: string): [file: string, name: string][] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(ts|mjs)$/.test(file))
    .flatMap((file) =>
      packagesIn(join(folder, file)).map((name): [string, string] => [join(folder, file), name]),
    );
}

function packagesIn(file: string): string[] {
  const imported = readFileSync(file, 'utf8').matchAll(
    /(?:^|[^\w'"`])(?:from|import|require)[ (]+'([^'.][^']*)'/gm,
  );
  return [...imported]
    .map(([, path = '']) =>
      path
        .split('/')
        .slice(0, path.startsWith('@') ? 2 : 1)
        .join('/'),
    )
    .filter((name) => !isBuiltin(name));
}

/** Paths in node_modules/ of the named packages and their dependencies. */
function neededPaths(names: readonly string[]): Set<string> {
  const found = new Set<string>();
  const waiting = names.map((name) => pathOf(name, ''));
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (found.has(path)) continue;
    found.add(path);
    const at = path;
    waiting.push(...Object.keys(locked[at]?.dependencies ?? {}).map((name) => pathOf(name, at)));
  }
  return found;
}

/** Where Node finds a package that is imported from `from`: in the nearest node_modules/ on the way up. */
function pathOf(name: string, from: string): string {
  for (let folder = from; folder !== ''; folder = folder.replace(/\/?node_modules\/(@[^/]+\/)?[^/]+$/, '')) {
    const path = `${folder}/node_modules/${name}`;
    if (path in locked) return path;
  }
  return `node_modules/${name}`;
}
