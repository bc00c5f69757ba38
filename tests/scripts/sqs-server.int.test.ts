import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { expect } from 'chai';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSqs, stopSqs } from '../../scripts/system/infrastructure/sqs';
import { freePorts } from '../support/free-ports';
import { waitUntil } from '../../scripts/system/processes/wait-until';
import { MAX_RECEIVE_COUNT, queueTopology } from '../../src/shared/queue/queue-topology';

/** A message that was delivered to the dead consumer would be visible again after 30 s. */
const LONG_BEFORE_ITS_TIMEOUT_MS = 20_000;
const [SOME_QUEUE] = queueTopology().map(({ name }) => name) as [string];

describe('local SQS', () => {
  let folder: string;
  let port: number;
  let pid: number;
  let client: SQSClient;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sqs-'));
    port = (await freePorts(1))[0]!;
    pid = (await startSqs({ port, logFile: join(folder, 'sqs.log') })).pid;
    client = new SQSClient({
      endpoint: `http://127.0.0.1:${String(port)}`,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
  });

  after(async () => {
    client.destroy();
    await stopSqs(pid);
    rmSync(folder, { recursive: true });
  });

  for (const { name, attributes, deadLetterQueue } of queueTopology()) {
    it(`given a new start, then ${name} exists with the settings of the topology`, async () => {
      const { Attributes = {} } = await client.send(
        new GetQueueAttributesCommand({ QueueUrl: await urlOf(name), AttributeNames: ['All'] }),
      );

      expect(Attributes).to.include(attributes);
      const redrive = JSON.parse(Attributes['RedrivePolicy'] ?? 'null') as unknown;
      expect(redrive).to.deep.equal(
        deadLetterQueue === null
          ? null
          : {
              deadLetterTargetArn: `arn:aws:sqs:us-east-1:000000000000:${deadLetterQueue}`,
              maxReceiveCount: MAX_RECEIVE_COUNT,
            },
      );
    });
  }

  it('given a consumer that crashed during its long poll, when a message is sent, then the next consumer receives it at once', async () => {
    const queueUrl = await urlOf(SOME_QUEUE);
    await dieInLongPoll(queueUrl);

    await client.send(
      new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: 'for the next consumer',
        MessageGroupId: 'order-1',
        MessageDeduplicationId: 'message-1',
      }),
    );

    let received: Message[] = [];
    const came = await waitUntil(async () => {
      const answer = await client.send(new ReceiveMessageCommand({ QueueUrl: queueUrl, WaitTimeSeconds: 1 }));
      received = answer.Messages ?? [];
      return received.length > 0;
    }, LONG_BEFORE_ITS_TIMEOUT_MS);
    expect(came, 'the message came').to.equal(true);
    expect(received[0]?.Body).to.equal('for the next consumer');
  });

  async function urlOf(name: string): Promise<string> {
    const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: name }));
    return QueueUrl!;
  }

  /** Starts a long poll and closes its connection after the server has accepted the request. */
  async function dieInLongPoll(queueUrl: string): Promise<void> {
    const poll = request({
      port,
      host: '127.0.0.1',
      method: 'POST',
      headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'AmazonSQS.ReceiveMessage' },
    });
    poll.on('error', () => undefined);
    await new Promise<void>((resolve) => {
      poll.end(JSON.stringify({ QueueUrl: queueUrl, WaitTimeSeconds: 20 }), resolve);
    });
    // The server processes requests in order: when this one is answered, the poll is waiting.
    await urlOf(SOME_QUEUE);
    poll.destroy();
    await urlOf(SOME_QUEUE);
  }
});
