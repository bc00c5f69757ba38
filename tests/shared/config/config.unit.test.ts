import { generateKeyPairSync } from 'node:crypto';
import { expect } from 'chai';
import { readDeliveryServiceConfig } from '../../../src/delivery-service/config';
import { readOrderServiceConfig } from '../../../src/order-service/composition';
import { orderMigrationVariables } from '../../../src/order-service/config';
import { ConfigError, readEnv } from '../../../src/shared/config/read-env';
import { testKeys, testPepper, testWebhookKey } from '../../support/keys';

const ORDER = {
  ORDER_DATABASE_URL: 'postgresql://u@h:5432/d',
  REDIS_URL: 'redis://h:6379',
  DELIVERY_SERVICE_URL: 'http://h:3002',
  JWT_PRIVATE_KEY: testKeys.privatePem,
  CLIENT_SECRET_PEPPERS: testPepper,
  WEBHOOK_SECRET_KEYS: testWebhookKey,
};

function faultsOf(read: () => unknown): readonly string[] {
  try {
    read();
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

describe('configuration', () => {
  it('given only the required variables, then the others have their defaults', () => {
    const config = readOrderServiceConfig(ORDER);
    expect(config).to.include({
      ORDER_SERVICE_PORT: 3001,
      DUPLICATE_WINDOW_SECONDS: 60,
      RECONCILE_AFTER_SECONDS: 60,
      HOST: '127.0.0.1',
    });
    expect(config.signingKeys).to.deep.equal({ pem: testKeys.privatePem, file: undefined });
    expect(config.JWT_ALGORITHM).to.equal('RS256');
    expect(config.peppers).to.deep.equal([Buffer.from(testPepper, 'base64url')]);
    const delivery = readDeliveryServiceConfig({
      DELIVERY_DATABASE_URL: 'postgres://h/d',
      ORDER_SERVICE_URL: 'http://h:3001',
    });
    expect(delivery).to.include({
      DELIVERY_SERVICE_PORT: 3002,
      SIMULATED_STEP_MS: 2000,
      SIMULATED_FAILURE_RATE: 0,
    });
  });

  it('given several faults, then each has its own line, including the key', () => {
    const faults = faultsOf(() =>
      readOrderServiceConfig({
        ...ORDER,
        REDIS_URL: 'http://h',
        ORDER_SERVICE_PORT: '70000',
        DELIVERY_SERVICE_URL: '',
        JWT_PRIVATE_KEY: '',
      }),
    );
    expect(faults).to.have.members([
      'REDIS_URL: must be a redis:// or rediss:// URL',
      'ORDER_SERVICE_PORT: must be a whole number from 0 to 65535',
      'DELIVERY_SERVICE_URL: is missing',
      'JWT_PRIVATE_KEY: set this, or JWT_PRIVATE_KEY_FILE, to an RSA key in PEM',
    ]);
  });

  it('given a key that is unreadable, malformed, or too short, then the line names the variable', () => {
    const short = generateKeyPairSync('rsa', { modulusLength: 1024 })
      .privateKey.export({ type: 'pkcs8', format: 'pem' })
      .toString();
    const withoutKey = { ...ORDER, JWT_PRIVATE_KEY: '' };
    const missingFile = faultsOf(() =>
      readOrderServiceConfig({ ...withoutKey, JWT_PRIVATE_KEY_FILE: '/nowhere.pem' }),
    );
    expect(missingFile[0]).to.match(/^JWT_PRIVATE_KEY_FILE: .*nowhere/);
    expect(faultsOf(() => readOrderServiceConfig({ ...ORDER, JWT_PRIVATE_KEY: 'nonsense' }))[0]).to.match(
      /^JWT_PRIVATE_KEY: /,
    );
    expect(faultsOf(() => readOrderServiceConfig({ ...ORDER, JWT_PRIVATE_KEY: short }))[0]).to.contain(
      '2048',
    );
  });

  it('given a pepper that is missing or too short, in production or not, then one line names the variable', () => {
    const missing = { ...ORDER, CLIENT_SECRET_PEPPERS: '' };
    for (const environment of [missing, { ...missing, NODE_ENV: 'production', JWT_ISSUER: 'http://h' }])
      expect(faultsOf(() => readOrderServiceConfig(environment))).to.deep.equal([
        'CLIENT_SECRET_PEPPERS: set this, or CLIENT_SECRET_PEPPERS_FILE, to 32 or more random bytes in base64',
      ]);
    const short = { ...ORDER, CLIENT_SECRET_PEPPERS: `${testPepper},c2hvcnQ=` };
    expect(faultsOf(() => readOrderServiceConfig(short))).to.deep.equal([
      'CLIENT_SECRET_PEPPERS: each pepper must have at least 32 bytes',
    ]);
  });

  it('given JWT_ALGORITHM, then there must be a key for it, among keys of both kinds', () => {
    const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
      type: 'pkcs8',
      format: 'pem',
    });
    const es256 = { ...ORDER, JWT_ALGORITHM: 'ES256' };
    expect(faultsOf(() => readOrderServiceConfig(es256))).to.deep.equal([
      'JWT_PRIVATE_KEY: it contains no EC key, which JWT_ALGORITHM=ES256 needs',
    ]);
    const both = { ...es256, JWT_PRIVATE_KEY: `${testKeys.privatePem}${ec.toString()}` };
    expect(faultsOf(() => readOrderServiceConfig(both))).to.deep.equal([]);
    expect(faultsOf(() => readOrderServiceConfig({ ...both, JWT_ALGORITHM: 'HS256' }))).to.deep.equal([
      'JWT_ALGORITHM: must be RS256 or ES256',
    ]);
  });

  it('given numbers in another form than decimal, then each variable is named', () => {
    for (const value of ['0x10', '1e3', '5.0', '+5', ' 5', '05']) {
      const faults = faultsOf(() =>
        readOrderServiceConfig({ ...ORDER, DATABASE_POOL_MAX: value, WEB_CONCURRENCY: value }),
      );
      expect(
        faults.map((line) => line.split(':')[0]),
        value,
      ).to.have.members(['DATABASE_POOL_MAX', 'WEB_CONCURRENCY']);
    }
  });

  it('given a share, then only decimal numbers from 0 to 1 are accepted', () => {
    const read = (value: string) =>
      readDeliveryServiceConfig({
        DELIVERY_DATABASE_URL: 'postgres://h/d',
        ORDER_SERVICE_URL: 'http://h:3001',
        SIMULATED_FAILURE_RATE: value,
      }).SIMULATED_FAILURE_RATE;
    expect(['0', '0.25', '.5', '1', '1.0'].map(read)).to.deep.equal([0, 0.25, 0.5, 1, 1]);
    for (const value of ['1.1', '0x1', '1e-1', '-0', ' 0', '2'])
      expect(faultsOf(() => read(value))[0], value).to.match(/^SIMULATED_FAILURE_RATE: must be a decimal/);
  });

  it('given no Redis, then development runs without it, and production names the variable along with the other faults', () => {
    const withoutRedis = { ...ORDER, REDIS_URL: '' };
    expect(readOrderServiceConfig(withoutRedis).REDIS_URL).to.equal(undefined);
    const production = { ...withoutRedis, NODE_ENV: 'production', DELIVERY_SERVICE_URL: '' };
    expect(faultsOf(() => readOrderServiceConfig(production))).to.include.members([
      'DELIVERY_SERVICE_URL: is missing',
      'REDIS_URL: is missing',
    ]);
  });

  it('given an instance id that is not safe in a log line, then it is refused', () => {
    expect(readOrderServiceConfig({ ...ORDER, INSTANCE_ID: 'a1:b.c_d-e' }).INSTANCE_ID).to.equal(
      'a1:b.c_d-e',
    );
    for (const bad of ['a b', 'a\nb', 'x'.repeat(101)])
      expect(faultsOf(() => readOrderServiceConfig({ ...ORDER, INSTANCE_ID: bad }))[0]).to.match(
        /^INSTANCE_ID: must be/,
      );
  });

  it('given production, then the demo clients cannot be seeded', () => {
    const variables = {
      ORDER_DATABASE_URL: 'postgres://h/d',
      NODE_ENV: 'production',
      SEED_DEMO_CLIENTS: 'true',
    };
    expect(faultsOf(() => readEnv(orderMigrationVariables, variables))[0]).to.match(/^SEED_DEMO_CLIENTS: /);
  });

  it('given production, then issuer and carrier are required', () => {
    const delivery = {
      NODE_ENV: 'production',
      DELIVERY_DATABASE_URL: 'postgres://h/d',
      ORDER_SERVICE_URL: 'http://h:3001',
    };
    expect(faultsOf(() => readDeliveryServiceConfig(delivery))).to.have.members([
      'JWT_ISSUER: is missing',
      'CARRIER: is missing',
    ]);
    expect(faultsOf(() => readOrderServiceConfig({ ...ORDER, NODE_ENV: 'production' }))).to.deep.equal([
      'JWT_ISSUER: is missing',
    ]);
    const complete = { ...delivery, JWT_ISSUER: 'https://orders.example', CARRIER: 'manual' };
    expect(readDeliveryServiceConfig(complete)).to.include({ CARRIER: 'manual' });
    expect(faultsOf(() => readDeliveryServiceConfig({ ...complete, CARRIER: 'pigeon' }))).to.deep.equal([
      'CARRIER: must be simulated or manual',
    ]);
  });

  it('given a misspelt variable, then the configuration carries a warning about it', () => {
    const { warnings } = readOrderServiceConfig({ ...ORDER, DATABASE_POOL_MAXIMUM: '5' });
    expect(warnings).to.deep.equal(['DATABASE_POOL_MAXIMUM is not a setting and has no effect']);
  });

  it('given a database on another machine, then the demo clients cannot be seeded; on this machine, or the same network, they can', () => {
    const faults = (url: string, more = {}) => {
      const variables = { ORDER_DATABASE_URL: url, SEED_DEMO_CLIENTS: 'true', ...more };
      try {
        readEnv(orderMigrationVariables, variables);
        return 'none';
      } catch (error) {
        return String(error);
      }
    };
    for (const far of [
      'postgres://db.example.com/d',
      'postgres://10.0.0.5:5432/d',
      'postgres://[2001:db8::1]/d',
      'postgres://localhost/d?host=db.example.com',
      'postgres://localhost/d?host=localhost&host=db.example.com',
      'postgres:///d',
      'postgres://127.0.0.1.example.com/d',
    ])
      expect(faults(far), far).to.match(/SEED_DEMO_CLIENTS: .*another machine/);
    for (const near of [
      'postgres://localhost/d',
      'postgres://u:p@127.0.0.1:5433/d',
      'postgres://[::1]/d',
      'postgres://postgres/d',
      'postgres://u@localhost/d?host=/var/run/postgresql',
    ]) {
      expect(faults(near), near).to.equal('none');
      const migration = { ORDER_DATABASE_MIGRATION_URL: 'postgres://db.example.com/d' };
      expect(faults(near, migration), near).to.contain('another machine');
    }
  });

  it('given a retention that could remove events that are still needed, then it is refused; 0, or a long one, is accepted', () => {
    const faults = (days: string) =>
      faultsOf(() => {
        readOrderServiceConfig({ ...ORDER, EVENT_RETENTION_DAYS: days });
        throw new ConfigError(['none']);
      });
    expect(faults('29')).to.deep.equal([
      'EVENT_RETENTION_DAYS: must be 0, which keeps events forever, or at least 30',
    ]);
    for (const days of ['', '0', '30']) expect(faults(days), days).to.deep.equal(['none']);
  });
});
