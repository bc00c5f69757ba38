import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { buildCommit } from './build-commit';
import { resolveCommit } from './resolve-commit';

const AUTHOR = ['-c', 'user.name=test', '-c', 'user.email=test@example.com'];

describe('the build of a commit', function () {
  this.timeout(60_000);
  let project: string;
  const said: string[] = [];
  const say = (line: string): void => void said.push(line);

  const git = (...args: string[]): string =>
    execFileSync('git', [...AUTHOR, ...args], { cwd: project, encoding: 'utf8' }).trim();

  /** Commits these files and returns the commit's id. */
  function commit(files: Record<string, string>): string {
    mkdirSync(join(project, 'src'), { recursive: true });
    for (const [name, text] of Object.entries(files)) writeFileSync(join(project, name), text);
    git('add', '.');
    git('commit', '--quiet', '-m', 'change');
    return git('rev-parse', 'HEAD');
  }

  const lockOf = (name: string): string =>
    JSON.stringify({ name, version: '1.0.0', lockfileVersion: 3, packages: { '': { name } } });

  before(() => {
    project = mkdtempSync(join(tmpdir(), 'bench-builds-'));
    git('init', '--quiet');
    commit({
      'package.json': '{"name":"one"}',
      'package-lock.json': lockOf('one'),
      'tsconfig.json': '{}',
      'tsconfig.build.json': '{}',
      '.gitignore': '.local/',
      'src/answer.ts': 'export const answer: number = 1;',
    });
  });
  beforeEach(() => said.splice(0));
  after(() => rmSync(project, { recursive: true }));

  it('given files that changed since, when it is built, then it has the answer of the commit, and is built only once', async () => {
    const commitId = resolveCommit('HEAD', project);
    writeFileSync(join(project, 'src', 'answer.ts'), 'export const answer: number = 2;');
    const { folder } = await buildCommit(commitId, say, project);
    expect(readFileSync(join(folder, 'dist', 'answer.js'), 'utf8')).to.include('answer = 1');
    expect(await buildCommit(commitId, say, project)).to.deep.equal({ id: 'against', folder });
    expect(said).to.deep.equal([`building ${commitId}`]);
  });

  it('given another package-lock.json now, when it is built, then its own packages are installed', async () => {
    const former = resolveCommit('HEAD', project);
    rmSync(join(project, '.local'), { recursive: true, force: true });
    commit({ 'package.json': '{"name":"two"}', 'package-lock.json': lockOf('two') });
    const { folder } = await buildCommit(former, say, project);
    expect(said).to.deep.equal([`building ${former}`, 'its package-lock.json differs: npm ci']);
    expect(existsSync(join(folder, 'dist', 'answer.js'))).to.equal(true);
  });

  it('given a commit that cannot be compiled or has no such files, then one line says so and nothing is left', async () => {
    const broken = commit({ 'src/answer.ts': 'export const = ;' });
    const failure = await buildCommit(broken, say, project).catch((error: unknown) => error as Error);
    expect((failure as Error).message).to.match(
      new RegExp(`^commit ${broken} cannot be built: The build failed at .*answer\\.ts:`),
    );
    expect((failure as Error).message).not.to.include('\n');
    git('rm', '--quiet', '-r', 'src');
    const empty = commit({});
    const missing = await buildCommit(empty, say, project).catch((error: unknown) => error as Error);
    expect((missing as Error).message).to.match(new RegExp(`^commit ${empty} cannot be built: .*src`));
    expect(existsSync(join(project, '.local', 'bench', 'builds', broken))).to.equal(false);
  });

  it('given no such commit, or no repository, then one line names the reason', () => {
    expect(() => resolveCommit('abcdef1', project)).to.throw(/^--against: there is no commit "abcdef1" in/);
    expect(() => resolveCommit('--all', project)).to.throw(/^--against: there is no commit "--all"/);
    expect(() => resolveCommit('HEAD', join(project, 'src'))).to.throw(/^--against needs /);
    expect(() => resolveCommit('HEAD', tmpdir())).to.throw(/^--against needs the git repository/);
  });
});
