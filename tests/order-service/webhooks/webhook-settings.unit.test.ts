import { randomBytes } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { readOrderServiceConfig } from '../../../src/order-service/composition';
import { ConfigError } from '../../../src/shared/config/read-env';
import { testKeys, testPepper } from '../../support/keys';

const [one, two] = [randomBytes(32), randomBytes(32)];

const BASE = {
  ORDER_DATABASE_URL: 'postgresql://u@h:5432/d',
  REDIS_URL: 'redis://h:6379',
  DELIVERY_SERVICE_URL: 'http://h:3002',
  JWT_PRIVATE_KEY: testKeys.privatePem,
  CLIENT_SECRET_PEPPERS: testPepper,
  WEBHOOK_SECRET_KEYS: one.toString('base64'),
};
const PRODUCTION = { ...BASE, NODE_ENV: 'production', JWT_ISSUER: 'https://orders.example' };

function faultsOf(environment: Record<string, string>): readonly string[] {
  try {
    readOrderServiceConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

describe('the settings of webhooks', () => {
  it('given only a key, then the ports of HTTPS are allowed, and no network that is not public', () => {
    const config = readOrderServiceConfig(BASE);
    expect(config).to.include({ WEBHOOK_ENDPOINTS_PER_CLIENT: 16, WEBHOOK_ALLOW_LOOPBACK: false });
    expect(config.WEBHOOK_ALLOWED_PORTS).to.deep.equal(['443', '8443']);
    expect(config.WEBHOOK_ALLOWED_NETWORKS).to.deep.equal([]);
    expect(config.webhookKeys).to.deep.equal([one]);
  });

  it('given several keys, in the variable or in a file, then they are read in order', () => {
    const keys = `${two.toString('base64url')}\n${one.toString('base64url')}\n`;
    const file = join(mkdtempSync(join(tmpdir(), 'webhook-keys-')), 'keys');
    writeFileSync(file, keys);
    for (const source of [
      { WEBHOOK_SECRET_KEYS: keys.trim().replace('\n', ',') },
      { WEBHOOK_SECRET_KEYS: '', WEBHOOK_SECRET_KEYS_FILE: file },
    ])
      expect(readOrderServiceConfig({ ...BASE, ...source }).webhookKeys).to.deep.equal([two, one]);
  });

  it('given no key, or one that is too short, in production or not, then one line names the variable', () => {
    for (const environment of [BASE, PRODUCTION]) {
      expect(faultsOf({ ...environment, WEBHOOK_SECRET_KEYS: '' })).to.deep.equal([
        'WEBHOOK_SECRET_KEYS: set this, or WEBHOOK_SECRET_KEYS_FILE, to 32 or more random bytes in base64',
      ]);
      expect(faultsOf({ ...environment, WEBHOOK_SECRET_KEYS: 'c2hvcnQ=' })).to.deep.equal([
        'WEBHOOK_SECRET_KEYS: each key must have at least 32 bytes',
      ]);
    }
  });

  it('given loopback targets, then production refuses them', () => {
    expect(faultsOf({ ...BASE, WEBHOOK_ALLOW_LOOPBACK: 'true' })).to.deep.equal([]);
    expect(faultsOf({ ...PRODUCTION, WEBHOOK_ALLOW_LOOPBACK: 'false' })).to.deep.equal([]);
    expect(faultsOf({ ...PRODUCTION, WEBHOOK_ALLOW_LOOPBACK: 'true' })).to.deep.equal([
      'WEBHOOK_ALLOW_LOOPBACK: must not be true in production: clients could reach services of this machine',
    ]);
  });

  it('given a retention that is shorter than the schedule of attempts can be, then it is refused', () => {
    expect(faultsOf({ ...BASE, WEBHOOK_RETENTION_DAYS: '10' })).to.deep.equal([]);
    expect(faultsOf({ ...BASE, WEBHOOK_RETENTION_DAYS: '9' })).to.have.length(1);
  });

  it('given lists of ports and networks, then each element is checked', () => {
    const config = readOrderServiceConfig({
      ...BASE,
      WEBHOOK_ALLOWED_PORTS: '443, 9443',
      WEBHOOK_ALLOWED_NETWORKS: '10.20.0.0/16, fd12:3456::/32',
    });
    expect(config.WEBHOOK_ALLOWED_PORTS).to.deep.equal(['443', '9443']);
    expect(config.WEBHOOK_ALLOWED_NETWORKS).to.deep.equal(['10.20.0.0/16', 'fd12:3456::/32']);
    for (const ports of ['0', '65536', '443;8443', 'https', '0443'])
      expect(faultsOf({ ...BASE, WEBHOOK_ALLOWED_PORTS: ports }), ports).to.deep.equal([
        'WEBHOOK_ALLOWED_PORTS: must be ports, separated by commas',
      ]);
    for (const networks of ['10.0.0.1', '10.0.0.0/33', 'localhost', 'fe80::/10%eth0'])
      expect(faultsOf({ ...BASE, WEBHOOK_ALLOWED_NETWORKS: networks }), networks).to.deep.equal([
        'WEBHOOK_ALLOWED_NETWORKS: must be CIDR ranges, separated by commas',
      ]);
  });
});
