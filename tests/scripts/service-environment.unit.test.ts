import { expect } from 'chai';
import { serviceEnvironment } from '../../scripts/system/components/service-environment';
import { readSettings } from '../../scripts/system/settings';

const FOLDER = '/nowhere';
const EXTERNAL = {
  INFRA: 'external',
  ORDER_DATABASE_URL: 'postgresql://db.example/orders',
  DELIVERY_DATABASE_URL: 'postgresql://db.example/deliveries',
  REDIS_URL: 'redis://cache.example',
  SQS_ENDPOINT: 'https://sqs.example',
};

describe('the environment of the services', () => {
  it('given local mode on other ports, then the page of the Delivery Service may fetch tokens from the Order Service', () => {
    const settings = readSettings(FOLDER, { DELIVERY_SERVICE_PORT: '4002' });
    expect(serviceEnvironment(settings, 'local')['CORS_ORIGINS']?.split(',')).to.have.members([
      'http://localhost:4002',
      'http://127.0.0.1:4002',
    ]);
  });

  it('given origins that the operator allows, then they stay allowed in local mode', () => {
    const settings = readSettings(FOLDER, { CORS_ORIGINS: 'https://shop.example' });
    expect(serviceEnvironment(settings, 'local')['CORS_ORIGINS']?.split(',')).to.include.members([
      'https://shop.example',
      'http://localhost:3002',
    ]);
  });

  it('given external infrastructure, then no origin is allowed that the operator does not name', () => {
    const settings = readSettings(FOLDER, EXTERNAL);
    expect(serviceEnvironment(settings, 'external')['CORS_ORIGINS']).to.equal(undefined);
  });
});
