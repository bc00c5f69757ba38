import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bareCheckout, type BareCheckout } from '../support/bare-checkout';

const NOBODY = 65_534;

/** The shell part of the script. */
describe('the first start of manage-system.sh', () => {
  let folder: string;
  let checkout: string;
  let programs: string;
  let program: BareCheckout['program'];
  let start: BareCheckout['start'];
  let remove: () => void;

  beforeEach(() => {
    ({ folder, checkout, programs, program, start, remove } = bareCheckout());
  });
  afterEach(() => remove());

  function expectOneLine({ status, stdout, stderr }: ReturnType<typeof start>, text: RegExp): void {
    const lines = stderr.trim().split('\n');
    expect([status, stdout]).to.deep.equal([1, '']);
    expect(lines.filter((line) => !line.startsWith('Installing the dependencies'))).to.have.length(1);
    expect(lines.at(-1)).to.match(text);
    expect(existsSync(join(checkout, '.installing')), 'the lock of the installation').to.equal(false);
  }

  it('given any folder, a link, or a wrapper, then the command runs in its checkout and knows the caller’s folder', () => {
    const link = join(folder, 'a link');
    symlinkSync(join('check out', 'scripts', 'manage-system.sh'), link);
    const wrapper = join(folder, 'health');
    symlinkSync(join(checkout, 'scripts', 'health-check.sh'), wrapper);
    for (const [script, args] of [
      [undefined, ['status', 'a b']],
      [link, ['status', 'a b']],
      [wrapper, ['health-check']],
    ] as const) {
      const { status, stdout } = start(
        script === wrapper ? [] : args,
        script === undefined ? {} : { script },
      );
      expect(status).to.equal(0);
      expect(stdout.trim().split('\n')).to.deep.equal([
        ...[checkout, folder, '--require', 'ts-node/register', 'scripts/system/cli.ts'],
        ...args,
      ]);
    }
  });

  for (const [found, isRight] of [
    ['v20.18.9', false],
    ['v9.99.99', false],
    ['v18.20.4', false],
    ['v20.19.0', true],
    ['v20.100.0', true],
    ['v21.7.3', false],
    ['v22.11.0', false],
    ['v22.12.0', true],
    ['v24.0.0', true],
    ['v100.0.0', true],
  ] as const) {
    it(`given Node ${found}, then it is ${isRight ? 'accepted' : 'too old'}`, () => {
      program('node', `[ "$1" = --version ] && echo ${found}`);
      if (isRight) expect(start().stderr).not.to.contain('too old');
      else
        expectOneLine(
          start(),
          /^Node [\d.]+ is too old: install Node 20\.19 or newer of that line, or 22\.12 or newer/,
        );
    });
  }

  it('given no Node or no npm, then one line names the download page', () => {
    rmSync(join(programs, 'npm'));
    const PATH = `${programs}:${onlyShell()}`;
    expectOneLine(start([], { env: { PATH } }), /^npm is missing/);
    rmSync(join(programs, 'node'));
    expectOneLine(start([], { env: { PATH } }), /^Node is missing: install Node 20\.19 or/);
  });

  for (const [output, text] of [
    ['npm error code ENOTFOUND', /npm cannot reach its registry/],
    ['npm error code EAI_AGAIN', /npm cannot reach its registry/],
    ['npm error request failed, reason: connect ECONNREFUSED', /npm cannot reach its registry/],
    ['npm error code EROFS', /npm cannot write in .*check out/],
    ['npm error code EACCES', /npm cannot write in .*check out/],
    ['npm error code ENOSPC', /no space left/],
    ['npm error code E404', /npm failed/],
  ] as const) {
    it(`given npm that fails with "${output}", then one line names the reason and the file with its output`, () => {
      program('npm', `echo '${output}' >&2; echo '    at a stack' >&2; exit 1`);
      const outcome = start();
      expectOneLine(outcome, text);
      const [, log = ''] = /\(output of npm: (.+)\)/.exec(outcome.stderr) ?? [];
      expect(existsSync(log)).to.equal(true);
    });
  }

  it('given another installing command, then one line names it; the lock of an ended command is ignored', () => {
    writeFileSync(join(checkout, '.installing'), `${String(process.pid)}\n`);
    const { status, stderr } = start();
    expect(status).to.equal(1);
    expect(stderr).to.equal(
      `The dependencies are being installed by another command (pid ${String(process.pid)}): wait until it has ended.\n`,
    );
    const { pid } = spawnSync('true');
    for (const content of [`${String(pid)}\n`, `${String(process.pid)} 1\n`, '0\n', '-1\n', 'x\n', '']) {
      rmSync(join(checkout, 'node_modules'), { recursive: true, force: true });
      writeFileSync(join(checkout, '.installing'), content);
      expect(start().status, content).to.equal(0);
    }
  });

  it('given a Node that cannot run, then one line names the reason instead of reporting it missing', () => {
    program('node', 'echo "node: --nope is not allowed in NODE_OPTIONS" >&2; exit 9');
    expectOneLine(start(), /^Node cannot be run: node: --nope is not allowed in NODE_OPTIONS/);
  });

  it('given ts-node variables of another project, then they are ignored', () => {
    program(
      'node',
      `case $1 in --version) echo v20.19.0 ;; -[ep]) exec '${process.execPath}' "$@" ;; *) env ;; esac`,
    );
    const PATH = `${programs}:/usr/bin:/bin`;
    const { stdout } = start([], {
      env: { PATH, TMPDIR: folder, TS_NODE_PROJECT: '/x', TS_NODE_FILES: '1' },
    });
    expect(stdout).to.contain('PATH=').and.not.contain('TS_NODE_');
  });

  if (process.getuid?.() === 0) {
    it('given the checkout of another user, then one line reports it, or the command runs if everything is installed', () => {
      const asNobody = { uid: NOBODY, gid: NOBODY };
      expectOneLine(start([], asNobody), /check out is not writable for \S+, so the dependencies/);
      start();
      expect(start([], asNobody).status).to.equal(0);
      rmSync(join(checkout, 'node_modules'), { recursive: true });
      chownSync(checkout, NOBODY, NOBODY);
      expect(start([], { ...asNobody, env: { PATH: `${programs}:/usr/bin:/bin` } }).status).to.equal(0);
    });
  }

  /** The system programs that the script needs, without node and npm. */
  function onlyShell(): string {
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    for (const name of ['bash', 'env', 'dirname', 'readlink', 'cksum', 'uname', 'sed', 'date', 'sh']) {
      const [path = ''] = ['/bin', '/usr/bin'].map((at) => join(at, name)).filter((file) => existsSync(file));
      symlinkSync(path, join(bin, name));
    }
    return bin;
  }
});
