import { expect } from 'chai';
import { serviceEnvironment } from '../../scripts/system/components/service-environment';
import { readSettings, seedsDemoClients } from '../../scripts/system/settings';

const URLS = {
  ORDER_DATABASE_URL: 'postgresql://app@db.example.com/orders',
  DELIVERY_DATABASE_URL: 'postgresql://app@db.example.com/deliveries',
  REDIS_URL: 'rediss://redis.example.com',
  SQS_ENDPOINT: 'https://sqs.eu-central-1.amazonaws.com',
};

const settings = (variables: Record<string, string>) => readSettings('/nowhere', { ...URLS, ...variables });

describe('the environment that the scripts give to the services', () => {
  it('given external infrastructure, then NODE_ENV, credentials and every setting are those of the operator', () => {
    const operator = { INFRA: 'external', NODE_ENV: 'production', AWS_ACCESS_KEY_ID: 'theirs' };
    const environment = serviceEnvironment(settings(operator), 'external');
    expect(environment).to.include({ ...operator, ...URLS });
    expect(environment).not.to.have.property('RECONCILE_AFTER_SECONDS');
    expect(serviceEnvironment(settings({}), 'external')).not.to.have.property('NODE_ENV');
  });

  it('given local infrastructure, then NODE_ENV is development and the local defaults apply, whatever NODE_ENV was set to', () => {
    for (const infra of ['local', 'docker'] as const)
      expect(serviceEnvironment(settings({ NODE_ENV: 'production' }), infra)).to.include({
        NODE_ENV: 'development',
        RECONCILE_AFTER_SECONDS: '10',
        AWS_ACCESS_KEY_ID: 'local',
      });
  });

  it('given local infrastructure, then mails go to the state folder, unless a mail server is set; given external infrastructure, then nowhere', () => {
    const local = settings({ LOCAL_DIR: '/state/a b' });
    expect(serviceEnvironment(local, 'local')['MAIL_URL']).to.equal('file:///state/a%20b/mail');
    const server = { MAIL_URL: 'smtp://127.0.0.1:25', MAIL_FROM: 'a@b.example' };
    expect(serviceEnvironment(settings(server), 'docker')).to.include(server);
    expect(serviceEnvironment(settings({}), 'external')).not.to.have.property('MAIL_URL');
  });

  it('then demo clients are created only in a local database, or with SEED_DEMO_CLIENTS', () => {
    expect(seedsDemoClients(settings({}), 'local')).to.equal(true);
    expect(seedsDemoClients(settings({ SEED_DEMO_CLIENTS: 'false' }), 'docker')).to.equal(true);
    expect(seedsDemoClients(settings({}), 'external')).to.equal(false);
    expect(seedsDemoClients(settings({ SEED_DEMO_CLIENTS: 'false' }), 'external')).to.equal(false);
    expect(seedsDemoClients(settings({ SEED_DEMO_CLIENTS: 'true' }), 'external')).to.equal(true);
  });

  it('given local mode on other ports, then the page of the Delivery Service may fetch tokens from the Order Service', () => {
    const read = settings({ DELIVERY_SERVICE_PORT: '4002' });
    expect(serviceEnvironment(read, 'local')['CORS_ORIGINS']?.split(',')).to.have.members([
      'http://localhost:4002',
      'http://127.0.0.1:4002',
    ]);
  });

  it('given origins that the operator allows, then they stay allowed in local mode', () => {
    const read = settings({ CORS_ORIGINS: 'https://shop.example' });
    expect(serviceEnvironment(read, 'local')['CORS_ORIGINS']?.split(',')).to.include.members([
      'https://shop.example',
      'http://localhost:3002',
    ]);
  });

  it('given external infrastructure, then no origin is allowed that the operator does not name', () => {
    const read = settings({ INFRA: 'external' });
    expect(serviceEnvironment(read, 'external')['CORS_ORIGINS']).to.equal(undefined);
  });
});
