import { expect } from 'chai';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sinon from 'sinon';
import { up } from '../../scripts/system/commands/up';
import { composeRunning, dockerFault } from '../../scripts/system/infrastructure/docker-compose';
import { readInstance } from '../../scripts/system/instance/instance-file';
import { OperatorError } from '../../scripts/system/operator-error';
import { readSettings, type Settings } from '../../scripts/system/settings';
import { currentSystem } from '../../scripts/system/system';

describe('infrastructure in Docker', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'docker-'));
  });
  afterEach(() => {
    sinon.restore();
    rmSync(folder, { recursive: true });
  });

  /** A machine on which the program docker runs this script. */
  function machine(script?: string, environment: Record<string, string> = {}): Settings {
    const docker = join(folder, 'docker');
    if (script !== undefined) {
      writeFileSync(docker, `#!/bin/sh\n${script}\n`);
      chmodSync(docker, 0o755);
    }
    return readSettings(folder, { PATH: folder, ...environment });
  }

  for (const [name, script, fault] of [
    ['no Docker', undefined, 'Docker is not installed'],
    ['no daemon', 'exit 1', 'the Docker daemon does not answer'],
    ['no plugin compose', '[ "$1" = info ]', 'the Docker plugin compose is missing'],
  ] as const) {
    it(`given ${name}, when INFRA=docker is set, then one sentence reports it and no settings are recorded`, async () => {
      const settings = machine(script, { INFRA: 'docker' });
      expect(dockerFault(settings)).to.equal(fault);
      const print = sinon.stub(console, 'log');
      const error = await up(settings).catch((thrown: unknown) => thrown);
      print.restore();
      expect(error).to.be.instanceOf(OperatorError);
      expect((error as OperatorError).message).to.equal(
        `INFRA=docker cannot be used: ${fault}. Set INFRA=local to run without Docker.`,
      );
      expect([(error as OperatorError).details, print.args]).to.deep.equal([[], []]);
      expect(readInstance(settings.stateFolder)).to.equal(null);
      expect(existsSync(join(settings.stateFolder, 'logs'))).to.equal(false);
    });

    it(`given ${name}, when INFRA is not set, then the system runs without Docker`, () => {
      expect(currentSystem(machine(script)).infra).to.equal('local');
    });
  }

  it('given Docker with compose, when INFRA is not set, then Docker is used', () => {
    expect(currentSystem(machine('exit 0')).infra).to.equal('docker');
  });

  it('given containers, then only running containers of this copy count, whatever answers on the ports', async () => {
    const settings = machine('echo postgres; echo sqs', { INFRA: 'docker' });
    expect([...(await composeRunning(settings))]).to.include.members(['postgres', 'sqs']);
    const faults = await Promise.all(
      currentSystem(settings).infrastructure.map(async (component) => [
        component.name,
        await component.fault(null),
      ]),
    );
    expect(Object.fromEntries(faults)).to.deep.include({ redis: 'its container is not running' });
    expect((await composeRunning(machine('exit 1'))).size).to.equal(0);
  });
});
