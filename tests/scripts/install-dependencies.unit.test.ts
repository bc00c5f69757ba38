import { expect } from 'chai';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bareCheckout, NPM, type BareCheckout } from '../support/bare-checkout';

describe('the installation of packages by manage-system.sh', () => {
  let folder: string;
  let checkout: string;
  let programs: string;
  let program: BareCheckout['program'];
  let start: BareCheckout['start'];
  let npmCalls: BareCheckout['npmCalls'];
  let remove: () => void;

  beforeEach(() => {
    ({ folder, checkout, programs, program, start, npmCalls, remove } = bareCheckout());
  });
  afterEach(() => remove());

  const changeLockFile = (): void =>
    writeFileSync(join(checkout, 'package-lock.json'), `{ "packages": {}, "changed": "${randomUUID()}" }`);
  /** Changes the modification time, as git does when a branch is left and checked out again. */
  const touchLockFile = (): void => {
    const soon = new Date(Date.now() + 60_000);
    utimesSync(join(checkout, 'package-lock.json'), soon, soon);
  };
  const hasPackage = (name: string): boolean => existsSync(join(checkout, 'node_modules', name));

  it('given a complete installation, then npm is not called again and need not exist', () => {
    expect(start().stderr).to.match(
      /^Installing the dependencies of the system with npm ci\nInstalled in \d+ s\n$/,
    );
    rmSync(join(programs, 'npm'));
    expect([start().stderr, start().status]).to.deep.equal(['', 0]);
    expect(readdirSync(folder).filter((name) => name.startsWith('npm-install'))).to.deep.equal([]);
  });

  for (const words of [['--al'], [''], ['--all', '--if-missing'], ['--if-missing', 'x']])
    it(`given "${words.join(' ')}", which are unknown arguments, then the usage is printed and nothing is installed`, () => {
      const { status, stderr } = start(words, {
        script: join(checkout, 'scripts', 'install-dependencies.sh'),
      });
      expect([status, stderr]).to.deep.equal([2, 'Usage: install-dependencies.sh [--all | --if-missing]\n']);
      expect(npmCalls()).to.deep.equal([]);
    });

  it('given a first start, then development dependencies are left out, and `test` adds them', () => {
    start(['up']);
    expect([hasPackage('fauxqs'), hasPackage('mocha')]).to.deep.equal([true, false]);
    writeFileSync(join(checkout, 'node_modules', 'fauxqs', 'in-use'), '');
    expect(start(['test']).stderr).to.contain('of the system, of tests and of development with npm install');
    start(['test']);
    start(['up']);
    expect([hasPackage('fauxqs/in-use'), hasPackage('mocha')]).to.deep.equal([true, true]);
    expect(npmCalls()).to.deep.equal(['ci --omit=dev', 'install --no-save --include=dev']);
  });

  it('given development dependencies, when the lock file changes, then the next start keeps them and unchanged packages', () => {
    start(['test']);
    changeLockFile();
    start(['up']);
    start(['up']);
    expect(npmCalls()).to.deep.equal(['ci --include=dev', 'install --no-save --include=dev']);
  });

  it('given a manual installation of another lock file, then it is updated', () => {
    installByHand(['dependencies', 'optionalDependencies', 'devDependencies']);
    const lock = contentOf('package-lock.json') as { packages: Record<string, object> };
    lock.packages['node_modules/express'] = { version: '99.0.0' };
    writeFileSync(join(checkout, 'package-lock.json'), JSON.stringify(lock));
    start(['up']);
    expect(npmCalls()).to.deep.equal(['install --no-save --include=dev']);
  });

  for (const [option, groups] of [
    ['--omit=dev --omit=optional', ['dependencies']],
    ['--omit=dev', ['dependencies', 'optionalDependencies']],
    ['', ['dependencies', 'optionalDependencies', 'devDependencies']],
  ] as const) {
    it(`given "npm ci ${option}" run manually, then missing packages are added, and nothing is installed when git only touches the lock file`, () => {
      installByHand(groups);
      start(['up']);
      expect(npmCalls()).to.deep.equal(groups.length > 1 ? [] : ['install --no-save --omit=dev']);
      touchLockFile();
      start(['up']);
      expect(npmCalls()).to.deep.equal([]);
      start(['test']);
      expect(npmCalls()).to.deep.equal(groups.length > 2 ? [] : ['install --no-save --include=dev']);
    });
  }

  it('given an interrupted installation, then the next start installs again; given a failed one, then the previous packages are kept', () => {
    start(['up']);
    program('npm', 'rm -r node_modules/express; kill -KILL $PPID');
    start(['test']);
    program('npm', NPM);
    start(['test']);
    expect(npmCalls()).to.deep.equal(['ci --omit=dev', 'ci --include=dev']);
    changeLockFile();
    program('npm', 'echo ENOTFOUND; exit 1');
    start(['up']);
    program('npm', NPM);
    start(['up']);
    expect(npmCalls()).to.deep.equal(['install --no-save --include=dev']);
  });

  it('given an npm that omits a package that it could not fetch, then one line names the package', () => {
    program('npm', `${NPM}\nrm -r node_modules/fauxqs node_modules/commander`);
    const { status, stderr } = start();
    expect(status).to.equal(1);
    expect(stderr).to.match(
      /^.+\nThe dependencies cannot be installed: npm left out commander fauxqs \(output of npm: .+\)\.\n$/,
    );
  });

  it('given packages copied from another platform, then all are installed again', () => {
    start(['up']);
    program('uname', 'echo Darwin arm64');
    start(['up']);
    start(['up']);
    expect(npmCalls()).to.deep.equal(['ci --omit=dev', 'ci --omit=dev']);
  });

  function installByHand(groups: readonly string[]): void {
    const manifest = contentOf('package.json');
    for (const name of groups.flatMap((group) => Object.keys(manifest[group] ?? {})))
      mkdirSync(join(checkout, 'node_modules', name), { recursive: true });
    const { packages } = contentOf('package-lock.json') as unknown as Record<
      string,
      Record<string, { dev?: boolean }>
    >;
    const installed = Object.entries(packages!).filter(
      ([path, { dev }]) => path !== '' && (!dev || hasPackage('mocha')),
    );
    writeFileSync(
      join(checkout, 'node_modules', '.package-lock.json'),
      JSON.stringify({ packages: Object.fromEntries(installed) }),
    );
    if (hasPackage('mocha')) {
      mkdirSync(join(checkout, 'node_modules', '.bin'));
      writeFileSync(join(checkout, 'node_modules', '.bin', 'mocha'), '');
    }
  }

  const contentOf = (file: string) =>
    JSON.parse(readFileSync(join(checkout, file), 'utf8')) as Record<string, object>;
});
