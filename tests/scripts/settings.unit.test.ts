import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OperatorError } from '../../scripts/system/operator-error';
import { readSettings, serviceUrl } from '../../scripts/system/settings';

describe('settings of the scripts', () => {
  let project: string;

  beforeEach(() => {
    project = mkdtempSync(join(tmpdir(), 'settings-'));
  });

  afterEach(() => rmSync(project, { recursive: true }));

  it('given an empty environment, then the defaults apply', () => {
    const settings = readSettings(project, {});

    expect(settings.ports).to.deep.equal({
      orderService: 3001,
      deliveryService: 3002,
      postgres: 5433,
      redis: 6380,
      sqs: 9324,
    });
    expect(settings.host).to.equal('127.0.0.1');
    expect(settings.infra).to.equal(null);
    expect(settings.stateFolder).to.equal(join(project, '.local'));
  });

  it('given a folder named .env, then one sentence reports that it cannot be read', () => {
    mkdirSync(join(project, '.env'));
    expect(() => readSettings(project, {})).to.throw(OperatorError, /\.env cannot be read: EISDIR/);
  });

  it('given a .env file, then it sets only variables that the environment does not set', () => {
    writeFileSync(join(project, '.env'), 'SQS_PORT=1111\nREDIS_PORT=2222\nSIMULATED_STEP_MS=7\n');

    const settings = readSettings(project, { REDIS_PORT: '3333' });

    expect(settings.ports.sqs).to.equal(1111);
    expect(settings.ports.redis).to.equal(3333);
    expect(settings.environment['SIMULATED_STEP_MS']).to.equal('7');
    expect(settings.ownEnvironment).to.deep.equal({ REDIS_PORT: '3333' });
  });

  it('given several invalid values, then each is named in its own line', () => {
    const fault = faultOf(() =>
      readSettings(project, { INFRA: 'cloud', SQS_PORT: 'x', REDIS_PORT: '70000' }),
    );

    expect(fault.details.map((line) => line.split(':')[0])).to.have.members([
      'INFRA',
      'SQS_PORT',
      'REDIS_PORT',
    ]);
  });

  it('given a port in another form than decimal, then it is named', () => {
    for (const value of ['0x2000', '8e3', '5433.0', '+5433', ' 5433']) {
      const fault = faultOf(() => readSettings(project, { POSTGRES_PORT: value }));
      expect(fault.details, value).to.deep.equal(['POSTGRES_PORT: must be a whole number from 1 to 65535']);
    }
  });

  it('given external infrastructure without its addresses, then every missing one is named', () => {
    const fault = faultOf(() => readSettings(project, { INFRA: 'external', REDIS_URL: 'http://localhost' }));

    expect(fault.details).to.have.members([
      'ORDER_DATABASE_URL: is missing',
      'DELIVERY_DATABASE_URL: is missing',
      'SQS_ENDPOINT: is missing',
      'REDIS_URL: must be a redis:// or rediss:// URL',
    ]);
  });

  for (const [value, fault] of [
    ['nonsense', 'must be an http(s) URL'],
    ['localhost:3001', 'must be an http(s) URL'],
    ['ftp://orders.example', 'must be an http(s) URL'],
    ['http://127.0.0.1:99999', 'must be an http(s) URL'],
    [
      'http://127.0.0.1:6000',
      'the port of http://127.0.0.1:6000 is one that browsers and fetch refuse to connect to',
    ],
  ] as const) {
    it(`given the URL ${value} of a service, then its fault is named`, () => {
      expect(faultOf(() => serviceUrl('ORDER_SERVICE_URL', value)).details).to.deep.equal([
        `ORDER_SERVICE_URL: ${fault}`,
      ]);
    });
  }

  it('given the URL of a service with a slash at its end, then the slash is left out', () => {
    expect(serviceUrl('ORDER_SERVICE_URL', 'https://orders.example/')).to.equal('https://orders.example');
    expect(serviceUrl('ORDER_SERVICE_URL', 'http://127.0.0.1:3001')).to.equal('http://127.0.0.1:3001');
  });

  it('given an empty value, then it counts as not set', () => {
    expect(readSettings(project, { SQS_PORT: '', INFRA: '' }).ports.sqs).to.equal(9324);
  });
});

function faultOf(action: () => unknown): OperatorError {
  try {
    action();
  } catch (error) {
    expect(error).to.be.instanceOf(OperatorError);
    return error as OperatorError;
  }
  throw new Error('no fault was found');
}
