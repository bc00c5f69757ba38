import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { expect } from 'chai';
import { createQueues } from '../../../src/shared/queue/create-queues';
import { queueTopology, queueUrls } from '../../../src/shared/queue/queue-topology';
import { createSqsClient } from '../../../src/shared/queue/sqs-client';
import { testInfrastructure } from '../../support/mocha-hooks';
import { useLocalCredentials } from '../../support/local-credentials';

describe('creating the queues of an installation', () => {
  const prefix = `t${randomBytes(4).toString('hex')}-`;
  let endpoint: string;
  const config = () => ({ AWS_REGION: 'us-east-1', SQS_ENDPOINT: endpoint, QUEUE_NAME_PREFIX: prefix });
  const differing = (): Promise<string> =>
    createQueues(config(), false).then(
      (text) => `no difference: ${text}`,
      (error: Error) => error.message,
    );

  before(async () => {
    useLocalCredentials();
    endpoint = (await testInfrastructure()).sqsEndpoint;
  });

  it('given no queues, then each queue of the topology is created, and a second run changes nothing', async () => {
    const lines = (outcome: string): string =>
      queueTopology(prefix)
        .map(({ name }) => `${name}: ${outcome}`)
        .join('\n');
    expect(await createQueues(config(), false)).to.equal(lines('created'));
    expect(await createQueues(config(), false)).to.equal(lines('unchanged'));
  });

  it('given a queue with other settings, then each difference is named and nothing is changed', async () => {
    await setAttributes({ VisibilityTimeout: '7', RedrivePolicy: '' });
    const text = await differing();
    expect(text).to.contain(`${prefix}orders-queue.fifo: differs`);
    expect(text).to.contain('VisibilityTimeout is 7, and should be 30');
    expect(text).to.contain(`RedrivePolicy is not set, and should be`);
    expect(text).to.contain(`${prefix}orders-dlq.fifo after 5 receives`);
    expect(text).to.contain('--update');
    expect(await differing()).to.equal(text);
  });

  it('given different settings and --update, then the settings are those of the topology', async () => {
    expect(await createQueues(config(), true)).to.contain(`${prefix}orders-queue.fifo: updated`);
    expect(await createQueues(config(), false)).to.not.contain('differs');
  });

  it('given an address without a server, or with another kind of server, then the error names address and cause', async () => {
    const at = (SQS_ENDPOINT: string): Promise<string> =>
      createQueues({ ...config(), SQS_ENDPOINT }, false).then(String, (error: Error) => error.message);
    expect(await at('http://127.0.0.1:1')).to.equal(
      'SQS at http://127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1',
    );
    const other = createServer((_request, response) => response.writeHead(404).end('no such page'));
    await once(other.listen(0, '127.0.0.1'), 'listening');
    const address = `http://127.0.0.1:${String((other.address() as AddressInfo).port)}`;
    const reason = await at(address);
    other.close();
    expect(reason).to.equal(`SQS at ${address}: the response is not one of SQS (HTTP 404)`);
  });

  async function setAttributes(Attributes: Record<string, string>): Promise<void> {
    const client = createSqsClient({ region: 'us-east-1', endpoint, requestTimeoutMs: 5_000 });
    const QueueUrl = await queueUrls(client, prefix)('orders-queue.fifo');
    await client.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
    client.destroy();
  }
});
