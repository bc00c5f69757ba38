import { expect } from 'chai';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sinon from 'sinon';
import { ensureRedisProgram, RedisMissing } from '../../scripts/system/infrastructure/redis-program';

describe('ensureRedisProgram', () => {
  let folder: string;
  let log: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'path-'));
    log = join(folder, 'logs', 'apt-get.log');
    sinon.stub(console, 'log');
  });

  afterEach(() => {
    sinon.restore();
    rmSync(folder, { recursive: true });
  });

  const ensure = (searchPath = folder): Promise<string> => ensureRedisProgram(searchPath, log);
  const faultOf = async (): Promise<RedisMissing> => {
    const fault = await ensure().catch((error: unknown) => error);
    expect(fault).to.be.instanceOf(RedisMissing);
    return fault as RedisMissing;
  };

  it('given neither Redis nor a way to install it, then one line gives instructions', async () => {
    const { message } = await faultOf();
    expect(message).to.match(/^Redis is missing: .*apt-get install redis-server.*INFRA=external/);
    expect(message).not.to.contain('\n');
  });

  it('given only Valkey, then it is used', async () => {
    addProgram('valkey-server');

    expect(await ensure(`/nowhere:${folder}`)).to.equal(join(folder, 'valkey-server'));
  });

  it('given a file that is not executable, then it is ignored', async () => {
    writeFileSync(join(folder, 'redis-server'), '');

    await faultOf();
  });

  it('given apt-get without root, then it is not called', async () => {
    addProgram('apt-get', `: >${folder}/called`);
    sinon.stub(process, 'getuid').returns(1000);

    expect((await faultOf()).message).to.match(/^Redis is missing: install/);
    expect(() => readFileSync(join(folder, 'called'))).to.throw('ENOENT');
  });

  if (process.getuid?.() === 0) {
    it('given root and apt-get whose lists are empty, then they are fetched and Redis is installed, with its output in the log', async () => {
      const server = join(folder, 'redis-server');
      const install = `[ -e lists ] || exit 100; echo '#!/bin/sh' >${server}; /bin/chmod 755 ${server}`;
      addProgram(
        'apt-get',
        `echo "apt-get $1"; cd ${folder}; case $1 in update) : >lists ;; install) ${install} ;; esac`,
      );

      expect(await ensure()).to.equal(server);
      expect(readFileSync(log, 'utf8')).to.equal('apt-get install\napt-get update\napt-get install\n');
    });

    it('given root and apt-get that cannot install it, then one line names the log and gives instructions', async () => {
      addProgram('apt-get', 'exit 100');

      const { message } = await faultOf();
      expect(message)
        .to.match(/^Redis is missing, and apt-get could not install it/)
        .and.to.contain(log);
    });
  }

  function addProgram(name: string, script = ''): void {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, name), 0o755);
  }
});
