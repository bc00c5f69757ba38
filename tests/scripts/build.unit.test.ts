import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import {
  beginBuild,
  finishBuild,
  isBuiltFromSources,
  sourcesHash,
} from '../../scripts/system/preparation/sources';

describe('the build in dist/', () => {
  let project: string;
  beforeEach(() => {
    project = mkdtempSync(join(tmpdir(), 'build-'));
    for (const file of ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json', 'src/a.ts'])
      write(file, '');
    write('src/migrations/0001_first.sql', 'SELECT 1;');
    write('dist/a.js', '');
  });
  afterEach(() => rmSync(project, { recursive: true }));

  const write = (file: string, text: string): void => {
    mkdirSync(dirname(join(project, file)), { recursive: true });
    writeFileSync(join(project, file), text);
  };
  const isThere = (file: string): boolean => existsSync(join(project, file));

  it('given a finished build, then it is built until a source changes', () => {
    finishBuild(project, sourcesHash(project));
    expect(isBuiltFromSources(project)).to.equal(true);
    write('src/a.ts', 'changed');
    expect(isBuiltFromSources(project)).to.equal(false);
  });

  it('given a build that was begun and not finished, then it is not built, although the sources are those of the last build', () => {
    finishBuild(project, sourcesHash(project));
    beginBuild(project);
    expect(isBuiltFromSources(project)).to.equal(false);
  });

  it('given sources that changed during the build, then it is not built', () => {
    const hash = sourcesHash(project);
    write('src/a.ts', 'changed meanwhile');
    finishBuild(project, hash);
    expect(isBuiltFromSources(project)).to.equal(false);
  });

  it('given compiled files and migrations whose sources are gone, then they are removed', () => {
    write('dist/removed.js', '');
    write('dist/removed.js.map', '');
    write('dist/migrations/0001_renamed.sql', 'SELECT 1;');
    finishBuild(project, sourcesHash(project));
    expect(
      ['dist/removed.js', 'dist/removed.js.map', 'dist/migrations/0001_renamed.sql'].filter(isThere),
    ).to.deep.equal([]);
    expect(['dist/a.js', 'dist/migrations/0001_first.sql'].every(isThere)).to.equal(true);
  });
});
