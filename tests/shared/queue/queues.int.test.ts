import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { ChangeMessageVisibilityBatchCommand, GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { expect } from 'chai';
import sinon from 'sinon';
import { ORDERS_QUEUE } from '../../../src/shared/contracts/queues';
import { PoisonMessageError } from '../../../src/shared/errors';
import { ensureQueues } from '../../../src/shared/queue/create-queues';
import { publishBatch } from '../../../src/shared/queue/publish-batch';
import { createQueueAccess, type QueueAccess } from '../../../src/shared/queue/queue-access';
import { createQueueConsumer } from '../../../src/shared/queue/queue-consumer';
import { queueTopology } from '../../../src/shared/queue/queue-topology';
import { createSqsClient } from '../../../src/shared/queue/sqs-client';
import { testEnvironment } from '../../support/environment';
import { silentLogger } from '../../support/service-pair';
import { testQueues, type TestQueues } from '../../support/sqs-messages';

describe('the queues on a real server', () => {
  let environment: Record<string, string>;
  let queues: TestQueues;
  let access: QueueAccess;
  before(async () => {
    environment = await testEnvironment();
    queues = testQueues(environment);
    access = accessTo(environment['QUEUE_NAME_PREFIX']!);
    await access.start();
  });
  after(async () => {
    await access.stop();
    queues.client.destroy();
  });

  const accessTo = (prefix: string): QueueAccess =>
    createQueueAccess(
      {
        AWS_REGION: 'us-east-1',
        SQS_ENDPOINT: environment['SQS_ENDPOINT'],
        QUEUE_NAME_PREFIX: prefix,
        QUEUE_CONSUMER_POLLERS: 3,
        QUEUE_VISIBILITY_TIMEOUT_SECONDS: 30,
      },
      silentLogger,
    );

  const consumer = (handle: (body: string) => Promise<void>) =>
    createQueueConsumer({
      client: access.client,
      pollingClient: access.client,
      resolveQueueUrl: access.resolveQueueUrl,
      queue: ORDERS_QUEUE,
      handle,
      logger: silentLogger,
      waitSeconds: 0,
    });

  it('given existing queues, when they are ensured again, then nothing fails and their settings are those of the topology', async () => {
    await ensureQueues(queues.client, environment['QUEUE_NAME_PREFIX']);
    for (const { name, attributes, deadLetterQueue } of queueTopology()) {
      const QueueUrl = await access.resolveQueueUrl(name);
      const { Attributes = {} } = await queues.client.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
      );
      expect(Attributes, name).to.include(attributes);
      const redrive = JSON.parse(Attributes['RedrivePolicy'] ?? 'null') as Record<string, unknown> | null;
      expect(redrive && [redrive['maxReceiveCount'], arnName(redrive['deadLetterTargetArn'])]).to.deep.equal(
        deadLetterQueue && [5, environment['QUEUE_NAME_PREFIX'] + deadLetterQueue],
      );
    }
  });

  it('given the health check of the queues, then it passes where they exist, fails where they do not, and receives no message', async () => {
    await queues.send(ORDERS_QUEUE, 'g', 'stays');
    await access.check();
    const elsewhere = accessTo('elsewhere-');
    expect(await elsewhere.check().catch((error: Error) => error.name)).to.equal('QueueDoesNotExist');
    await elsewhere.stop();
    expect((await queues.drain(ORDERS_QUEUE)).map(({ Body }) => Body)).to.deep.equal(['stays']);
    const handler = { queue: ORDERS_QUEUE, handle: () => Promise.resolve() };
    expect(access.consumers(handler), 'the configured number of pollers').to.have.length(3);
  });

  it('given text that the queue refuses, when it is published, then the reason names the code and the other entry is sent', async () => {
    const message = (id: string, body: string) => ({ id, groupId: id, deduplicationId: id, body });
    const url = await access.resolveQueueUrl(ORDERS_QUEUE);
    const batch = [message('bad', 'a\uffff'), message('good', 'b')];
    const result = await publishBatch(access.client, url, batch);
    expect(result.sent).to.deep.equal(['good']);
    expect(result.failed[0]!.reason).to.match(/^InvalidMessageContents: ./);
    const huge = await publishBatch(access.client, url, [message('huge', 'x'.repeat(1_100_000))]);
    expect(huge.failed[0]!.reason).to.match(/^BatchRequestTooLong: ./);
    await queues.drain(ORDERS_QUEUE);
  });

  it('given poison between valid messages, when it was received five times, then only the poison is in the dead letters, with its reason', async () => {
    for (const group of ['before', 'poison', 'after']) await queues.send(ORDERS_QUEUE, group, group);
    const handled: string[] = [];
    const loop = consumer((body) => {
      handled.push(body);
      return body === 'poison' ? Promise.reject(new PoisonMessageError('bad')) : Promise.resolve();
    });
    for (let step = 0; step < 8; step += 1) await loop.runOnce();
    expect(handled.filter((body) => body === 'poison')).to.have.length(5);
    expect(handled.filter((body) => body !== 'poison')).to.have.members(['before', 'after']);
    const dead = await queues.drain('orders-dlq.fifo');
    expect(dead.map(({ Body }) => Body)).to.deep.equal(['poison']);
    expect(dead[0]!.MessageAttributes!['Reason']!.StringValue).to.equal('bad');
    expect(await queues.drain(ORDERS_QUEUE)).to.deep.equal([]);
  });

  it('given a failed heartbeat, when the handler succeeds, then the message is still acknowledged', async () => {
    await queues.send(ORDERS_QUEUE, 'g', 'one');
    const send = sinon.stub(access.client, 'send').callThrough();
    send.withArgs(sinon.match.instanceOf(ChangeMessageVisibilityBatchCommand)).rejects(new Error('gone'));
    const clock = sinon.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    await consumer(async () => {
      await clock.tickAsync(10_000);
    })
      .runOnce()
      .finally(() => sinon.restore());
    expect(send.args.map(([command]) => command.constructor.name)).to.include(
      'ChangeMessageVisibilityBatchCommand',
    );
    expect(await queues.drain(ORDERS_QUEUE)).to.deep.equal([]);
  });
});

describe('the queue client', () => {
  let silent: Server;
  before(async () => {
    silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  });
  after(() => {
    silent.closeAllConnections();
    silent.close();
  });

  it('given a server that never answers, when it is called, then the call ends with an error', async () => {
    const endpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const client = createSqsClient({ region: 'us-east-1', endpoint, requestTimeoutMs: 100 });
    const command = new GetQueueAttributesCommand({ QueueUrl: `${endpoint}/q`, AttributeNames: ['All'] });
    expect(await client.send(command).catch((error: Error) => error.name)).to.equal('TimeoutError');
    client.destroy();
  });
});

const arnName = (arn: unknown): string | undefined => String(arn).split(':').at(-1);
