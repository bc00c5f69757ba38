import { expect } from 'chai';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { installedPostgres, linkLibraries } from '../../scripts/system/infrastructure/installed-postgres';

describe('the installed PostgreSQL', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'postgres-package-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('given the package without its install script, then the links between its libraries are created once', () => {
    const { native } = installedPostgres();
    const list = readFileSync(join(native, 'pg-symlinks.json'), 'utf8');
    const links = JSON.parse(list) as { source: string; target: string }[];
    expect(links).not.to.deep.equal([]);
    mkdirSync(join(folder, 'native'), { recursive: true });
    cpSync(join(native, 'pg-symlinks.json'), join(folder, 'native', 'pg-symlinks.json'));
    for (const { source } of links) {
      mkdirSync(dirname(join(folder, source)), { recursive: true });
      cpSync(join(dirname(native), source), join(folder, source));
    }
    linkLibraries(folder);
    linkLibraries(folder);
    for (const { source, target } of links)
      expect(readFileSync(join(folder, target)).equals(readFileSync(join(folder, source))), target).to.equal(
        true,
      );
  });

  it('given a package for a platform whose libraries need no links, then nothing is created', () => {
    const empty = join(folder, 'empty');
    mkdirSync(join(empty, 'native'), { recursive: true });
    linkLibraries(empty);
    expect(readdirSync(join(empty, 'native'))).to.deep.equal([]);
    expect(existsSync(installedPostgres().native)).to.equal(true);
  });
});
