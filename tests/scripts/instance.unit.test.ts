import { expect } from 'chai';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import {
  agreedSettings,
  isStarted,
  nextSettings,
  settingsInForce,
} from '../../scripts/system/instance/settings-in-force';
import { endInstance, noteWithoutRedis, startInstance } from '../../scripts/system/instance/start-instance';
import { readInstance } from '../../scripts/system/instance/instance-file';
import { OperatorError } from '../../scripts/system/operator-error';
import { recordedProcess, recordProcess } from '../../scripts/system/processes/process-record';
import { readSettings, type Settings, whereItRuns } from '../../scripts/system/settings';

const PORTS = {
  ORDER_SERVICE_PORT: '4001',
  DELIVERY_SERVICE_PORT: '4002',
  POSTGRES_PORT: '4003',
  REDIS_PORT: '4004',
  SQS_PORT: '4005',
};
const URLS = {
  ORDER_DATABASE_URL: 'postgresql://u:secret@h/orders',
  DELIVERY_DATABASE_URL: 'postgresql://u:secret@h/deliveries',
  REDIS_URL: 'redis://h',
  SQS_ENDPOINT: 'http://h',
};

const NOBODY = 65_534;

describe('the instance file of a copy of the system', () => {
  let project: string;
  beforeEach(() => {
    project = realpathSync(mkdtempSync(join(tmpdir(), 'instance-')));
  });
  afterEach(() => rmSync(project, { recursive: true }));

  const given = (environment: Record<string, string> = {}): Settings => readSettings(project, environment);
  /** Starts a copy like `up`; this process stands for a service of the copy. */
  function started(environment: Record<string, string>, infra: 'local' | 'external' = 'local'): Settings {
    const settings = startInstance(given(environment), infra);
    recordProcess(settings.stateFolder, 'order-service', process.pid);
    return settings;
  }

  it('given a running copy, when another terminal has no variables, then it uses the settings of the copy', () => {
    const { instanceId } = started({ ...PORTS, QUEUE_NAME_PREFIX: 'a-', HOST: '0.0.0.0' });

    for (const settings of [settingsInForce(given()), agreedSettings(given())]) {
      expect(whereItRuns(settings)).to.deep.equal({
        ...PORTS,
        INFRA: 'local',
        HOST: '0.0.0.0',
        QUEUE_NAME_PREFIX: 'a-',
      });
      expect(settings.instanceId)
        .to.match(/^[0-9a-f]{12}$/)
        .and.to.equal(instanceId);
    }
  });

  for (const [what, content] of [
    ['is empty', ''],
    ['is truncated', '{"id": "0123'],
    ['lacks a member', '{"id": "0123"}'],
    ['is removed', null],
  ] as const)
    it(`given a running copy whose instance.json ${what}, then commands refuse to guess its ports, and it can be stopped`, () => {
      const { stateFolder } = started(PORTS);
      const file = join(stateFolder, 'run', 'instance.json');
      if (content === null) rmSync(file);
      else writeFileSync(file, content);

      expect(() => agreedSettings(given())).to.throw(
        OperatorError,
        /^This copy runs, but .*instance\.json.* is missing or damaged: .* down, then/,
      );
      expect(settingsInForce(given()).stateFolder).to.equal(stateFolder);
      rmSync(join(stateFolder, 'run', 'order-service.json'));
      expect(agreedSettings(given()).instanceId).to.equal(null);
    });

  it('given the copy of another user with an unreadable instance file, then the error says so instead of reporting it stopped', function () {
    if (process.getuid?.() !== 0) this.skip();
    const { stateFolder } = started(PORTS);
    for (const folder of [project, stateFolder]) chmodSync(folder, 0o755);
    process.seteuid?.(NOBODY);
    try {
      expect(() => agreedSettings(given())).to.throw('EACCES');
    } finally {
      process.seteuid?.(0);
    }
  });

  it('given a running copy, when the environment has the same settings, then nothing is refused', () => {
    started(PORTS);
    expect(agreedSettings(given({ ...PORTS, INFRA: 'local' })).ports.sqs).to.equal(4005);
  });

  it('given a running copy, when any variable differs, then one sentence names it, both values, and the command to apply it', () => {
    started(PORTS);
    const other = { ...PORTS, INFRA: 'docker', HOST: '0.0.0.0', QUEUE_NAME_PREFIX: 'b-' };
    const variables = Object.keys(other) as (keyof typeof other)[];
    fc.assert(
      fc.property(fc.subarray(variables, { minLength: 1 }), (chosen) => {
        const environment = Object.fromEntries(
          chosen.map((name) => [
            name,
            name.endsWith('_PORT') ? `5${PORTS[name as 'SQS_PORT']}` : other[name],
          ]),
        );
        const { message } = refusalOf(() => agreedSettings(given(environment)));
        expect(message).not.to.contain('\n');
        for (const name of chosen) expect(message).to.contain(`${name}=${environment[name]!} (it runs with `);
        for (const name of variables.filter((other) => !chosen.includes(other)))
          expect(message).not.to.contain(name);
        expect(message).to.match(/manage-system\.sh restart$/);
        expect(whereItRuns(settingsInForce(given(environment))), 'for down').to.include(PORTS);
      }),
    );
  });

  it('given external infrastructure, then another terminal uses its URLs, and a difference shows no password', () => {
    started({ ...URLS, INFRA: 'external' }, 'external');

    expect(settingsInForce(given()).environment).to.include(URLS);
    const environment = { SQS_ENDPOINT: 'http://other', ORDER_DATABASE_URL: 'postgresql://u:other@h/orders' };
    const { message } = refusalOf(() => agreedSettings(given(environment)));
    expect(message)
      .to.contain('ORDER_DATABASE_URL')
      .and.not.match(/secret|u:other/);
  });

  it('given a stopped copy, then the environment applies, and the id is kept', () => {
    const { instanceId, stateFolder } = started(PORTS);
    endInstance(given());

    expect(isStarted(given())).to.equal(false);
    expect(agreedSettings(given({ SQS_PORT: '8' })).ports).to.include({ sqs: 8, redis: 6380 });
    expect(startInstance(given(), 'local').instanceId).to.equal(instanceId);
    expect(readInstance(stateFolder)?.id).to.equal(instanceId);
  });

  it('given a copy whose processes have all crashed, then the environment overrides the previous settings', () => {
    startInstance(given(PORTS), 'local');

    expect(agreedSettings(given({ SQS_PORT: '8' })).ports).to.include({ sqs: 8, redis: 4004 });
  });

  it('given a restart, then the environment overrides the previous settings', () => {
    started(PORTS);

    expect(nextSettings(given({ SQS_PORT: '8' })).ports).to.include({ sqs: 8, redis: 4004 });
    expect(() => nextSettings(given({ SQS_PORT: '4004' }))).to.throw(
      'REDIS_PORT and SQS_PORT are both 4004: set different ports.',
    );
  });

  it('given a copy without Redis, then it stays without Redis until it is stopped', () => {
    noteWithoutRedis(started(PORTS));

    expect(settingsInForce(given()).withoutRedis).to.equal(true);
    endInstance(given());
    expect(settingsInForce(given()).withoutRedis).to.equal(false);
  });

  it('given a damaged file, then the copy counts as never started', () => {
    const { stateFolder } = started(PORTS);
    rmSync(join(stateFolder, 'run', 'instance.json'));
    mkdirSync(join(stateFolder, 'run', 'instance.json'));

    expect(settingsInForce(given()).instanceId).to.equal(null);
  });

  it('given a state folder that was copied while running, then the new folder is a separate system without the processes', () => {
    const original = started(PORTS).stateFolder;
    symlinkSync(project, join(original, 'postgres'));
    const other = join(project, 'other folder');
    cpSync(original, other, { recursive: true, verbatimSymlinks: true });
    const ofCopy = given({ LOCAL_DIR: other });

    expect(settingsInForce(ofCopy)).to.deep.include({ instanceId: null, ports: given().ports });
    expect(recordedProcess(other, 'order-service')).to.equal(null);
    expect(existsSync(join(other, 'postgres')), 'a link to data of the original').to.equal(false);
    expect(isStarted(given())).to.equal(true);
    expect(startInstance(ofCopy, 'local').instanceId).not.to.equal(readInstance(original)?.id);
  });

  it('given a state folder that was moved while running, then it is the same system', () => {
    const { stateFolder, instanceId } = started(PORTS);
    const moved = join(project, 'moved');
    renameSync(stateFolder, moved);

    expect(settingsInForce(given({ LOCAL_DIR: moved }))).to.deep.include({ instanceId });
    expect(isStarted(given({ LOCAL_DIR: moved }))).to.equal(true);
  });
});

function refusalOf(action: () => unknown): OperatorError {
  try {
    action();
  } catch (error) {
    expect(error).to.be.instanceOf(OperatorError);
    return error as OperatorError;
  }
  throw new Error('no error was thrown');
}
