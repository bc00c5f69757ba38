import { expect } from 'chai';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureRedisProgram } from '../../scripts/system/infrastructure/redis-program';
import { OperatorError } from '../../scripts/system/operator-error';

describe('ensureRedisProgram', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'path-'));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it('given neither Redis nor a way to install it, then one line says how to get it', () => {
    expect(() => ensureRedisProgram(folder))
      .to.throw(OperatorError, /^Redis is missing: .*apt-get install redis-server.*INFRA=external/)
      .with.property('message')
      .that.does.not.contain('\n');
  });

  it('given only Valkey, then it is taken', () => {
    addProgram('valkey-server');

    expect(ensureRedisProgram(`/nowhere:${folder}`)).to.equal(join(folder, 'valkey-server'));
  });

  it('given a file that cannot be run, then it does not count', () => {
    writeFileSync(join(folder, 'redis-server'), '');

    expect(() => ensureRedisProgram(folder)).to.throw(OperatorError);
  });

  if (process.getuid?.() === 0) {
    it('given root and apt-get whose lists are empty, then they are fetched and Redis is installed', () => {
      const server = join(folder, 'redis-server');
      const install = `[ -e lists ] || exit 100; echo '#!/bin/sh' >${server}; /bin/chmod 755 ${server}`;
      addProgram('apt-get', `cd ${folder}; case $1 in update) : >lists ;; install) ${install} ;; esac`);

      expect(ensureRedisProgram(folder)).to.equal(server);
    });

    it('given root and apt-get that cannot install it, then one line says how to get it', () => {
      addProgram('apt-get', 'exit 100');

      expect(() => ensureRedisProgram(folder)).to.throw(OperatorError, /^Redis is missing/);
    });
  }

  function addProgram(name: string, script = ''): void {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, name), 0o755);
  }
});
