import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { expect } from 'chai';
import { deliveryServiceVariables } from '../../src/delivery-service/config';
import { orderServiceVariables } from '../../src/order-service/composition';
import { serviceEnvironment } from '../../scripts/system/components/service-environment';
import { readSettings } from '../../scripts/system/settings';

/** Optional settings of the scripts for local mode; the services also work with their defaults. */
const LOCAL_DEFAULTS = [
  'RECONCILE_AFTER_SECONDS',
  'SIMULATED_STEP_MS',
  'CORS_ORIGINS',
  'WEBHOOK_ALLOW_LOOPBACK',
  'MAIL_URL',
];

const KEY_FILES = ['JWT_PRIVATE_KEY_FILE', 'CLIENT_SECRET_PEPPERS_FILE', 'WEBHOOK_SECRET_KEYS_FILE'];

const text = readFileSync('.env.example', 'utf8');
const example = parseEnv(text);

describe('.env.example as .env', () => {
  let project: string;
  before(() => {
    project = mkdtempSync(join(tmpdir(), 'env-example-'));
  });
  after(() => rmSync(project, { recursive: true }));

  it('given the defaults of up --infra, then each value equals the one that the scripts pass to the services', () => {
    const environment = serviceEnvironment(readSettings(project, { INFRA: 'local' }), 'local');
    for (const [name, value] of Object.entries(environment)) {
      if (LOCAL_DEFAULTS.includes(name) || name === 'INFRA') continue;
      const { shape } = orderServiceVariables;
      const wanted = name === 'JWT_ISSUER' ? shape.JWT_ISSUER.parse(undefined) : example[name];
      const isFile = KEY_FILES.includes(name);
      expect(isFile ? resolve(project, wanted ?? '') : wanted, name).to.equal(value);
    }
  });

  it('given every required variable of a service, then it has a value', () => {
    const shapes = { ...orderServiceVariables.shape, ...deliveryServiceVariables.shape };
    const required = Object.entries(shapes).filter(([, schema]) => !schema.safeParse(undefined).success);
    expect(required.map(([name]) => name)).to.include.members(['ORDER_DATABASE_URL', 'ORDER_SERVICE_URL']);
    for (const [name, schema] of required)
      expect(schema.safeParse(example[name]).success, name).to.equal(true);
  });

  it('given a copy with other ports and another folder, then its services get these ports and this key file', () => {
    writeFileSync(join(project, '.env'), text);
    const own = {
      INFRA: 'local',
      LOCAL_DIR: '/elsewhere',
      ORDER_SERVICE_PORT: '4001',
      DELIVERY_SERVICE_PORT: '4002',
    };
    expect(serviceEnvironment(readSettings(project, own), 'local')).to.include({
      JWT_ISSUER: 'http://localhost:4001',
      ORDER_SERVICE_URL: 'http://127.0.0.1:4001',
      DELIVERY_SERVICE_URL: 'http://127.0.0.1:4002',
      JWT_PRIVATE_KEY_FILE: '/elsewhere/keys/private.pem',
      CLIENT_SECRET_PEPPERS_FILE: '/elsewhere/keys/peppers',
      WEBHOOK_SECRET_KEYS_FILE: '/elsewhere/keys/webhook-keys',
    });
    const named = {
      ...own,
      JWT_PRIVATE_KEY_FILE: '/keys/mine.pem',
      CLIENT_SECRET_PEPPERS_FILE: '/keys/my-peppers',
      WEBHOOK_SECRET_KEYS_FILE: '/keys/my-webhook-keys',
    };
    expect(serviceEnvironment(readSettings(project, named), 'local')).to.include({
      JWT_PRIVATE_KEY_FILE: '/keys/mine.pem',
      CLIENT_SECRET_PEPPERS_FILE: '/keys/my-peppers',
      WEBHOOK_SECRET_KEYS_FILE: '/keys/my-webhook-keys',
    });
  });

  it('given external infrastructure, then its values apply', () => {
    writeFileSync(join(project, '.env'), text.replace('=http://127.0.0.1:3002', '=http://delivery.internal'));
    expect(serviceEnvironment(readSettings(project, { INFRA: 'external' }), 'external')).to.include({
      DELIVERY_SERVICE_URL: 'http://delivery.internal',
      JWT_PRIVATE_KEY_FILE: '.local/keys/private.pem',
      CLIENT_SECRET_PEPPERS_FILE: '.local/keys/peppers',
      WEBHOOK_SECRET_KEYS_FILE: '.local/keys/webhook-keys',
      AWS_ACCESS_KEY_ID: 'local',
    });
  });
});
