import { expect } from 'chai';
import { ensureHttpPorts } from '../../scripts/system/instance/ensure-http-ports';
import { OperatorError } from '../../scripts/system/operator-error';
import { readSettings } from '../../scripts/system/settings';

const BLOCKED = {
  ORDER_SERVICE_PORT: '10080',
  DELIVERY_SERVICE_PORT: '6000',
  SQS_PORT: '6667',
  POSTGRES_PORT: '5060',
  REDIS_PORT: '5061',
};
const EXTERNAL = {
  INFRA: 'external',
  ORDER_DATABASE_URL: 'postgresql://db.example/orders',
  DELIVERY_DATABASE_URL: 'postgresql://db.example/deliveries',
  REDIS_URL: 'redis://cache.example:6000',
  SQS_ENDPOINT: 'http://sqs.example:6666',
};

describe('the ports of a start', () => {
  for (const infra of ['local', 'docker'])
    it(`given INFRA=${infra} and ports that browsers refuse, then those of the services and of SQS are named`, () => {
      expect(faultsOf({ ...BLOCKED, INFRA: infra })).to.deep.equal([
        'ORDER_SERVICE_PORT: the port 10080 is one that browsers and fetch refuse to connect to',
        'DELIVERY_SERVICE_PORT: the port 6000 is one that browsers and fetch refuse to connect to',
        'SQS_PORT: the port 6667 is one that browsers and fetch refuse to connect to',
      ]);
    });

  it('given external infrastructure, then the port of its SQS is named, and the unused one is not', () => {
    expect(faultsOf({ ...EXTERNAL, SQS_PORT: '6667' })).to.deep.equal([
      'SQS_ENDPOINT: the port 6666 is one that browsers and fetch refuse to connect to',
    ]);
  });

  it('given other ports, then there is no fault', () => {
    expect(faultsOf({})).to.deep.equal([]);
    expect(faultsOf({ ...EXTERNAL, SQS_ENDPOINT: 'https://sqs.example' })).to.deep.equal([]);
  });
});

function faultsOf(environment: Record<string, string>): readonly string[] {
  try {
    ensureHttpPorts(readSettings('/nowhere', environment));
    return [];
  } catch (error) {
    expect(error).to.be.instanceOf(OperatorError);
    return (error as OperatorError).details;
  }
}
