import { DeleteMessageCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { expect } from 'chai';
import { ORDERS_QUEUE } from '../../../src/shared/contracts/queues';
import { PoisonMessageError } from '../../../src/shared/errors';
import { createDatabase, type ServiceDatabase } from '../../../src/shared/postgres/database';
import { publishBatch } from '../../../src/shared/queue/publish-batch';
import { queueUrls } from '../../../src/shared/queue/queue-topology';
import { createTestDatabase } from '../../support/databases';
import { silentLogger } from '../../support/service-pair';
import { emptyPipeline, failingOnce, relayPipeline } from '../../support/strict-sqs/relay-pipeline';
import { serveQueue, type ServedQueue } from '../../support/strict-sqs/served-queue';
import { type StrictSqs } from '../../support/strict-sqs/strict-sqs';

const LIMITS = {
  DATABASE_POOL_MAX: 10,
  DATABASE_CONNECT_TIMEOUT_MS: 5_000,
  DATABASE_QUERY_TIMEOUT_MS: 5_000,
  DATABASE_PREPARED_STATEMENTS: true,
};
const DLQ = 'orders-dlq.fifo';

/** Longer than a visibility timeout, and longer than the deduplication interval of SQS. */
const PACES: [name: string, seconds: number][] = [
  ['visibility timeouts expire', 61],
  ['deduplication ids expire', 301],
];

/** The SDK tries a call twice, so three faults fail one call and the first attempt of the next. */
const FAULTS: [name: string, play: (sqs: StrictSqs) => void][] = [
  ['no faults', () => undefined],
  ['every message delivered five times', (sqs) => sqs.deliver(ORDERS_QUEUE, 5, () => true)],
  ['lost replies after enqueueing', ({ faults }) => faults.loseReply('SendMessageBatch', 3)],
  ['lost replies of receives', ({ faults }) => faults.loseReply('ReceiveMessage', 3)],
  ['lost replies of deletes', ({ faults }) => faults.loseReply('DeleteMessageBatch', 3)],
  ['lost replies of visibility changes', ({ faults }) => faults.loseReply('ChangeMessageVisibilityBatch', 2)],
  ['one refused entry in each send', ({ faults }) => faults.refuseEntry('SendMessageBatch', 1, undefined, 3)],
  [
    'one refused entry in each delete',
    ({ faults }) => faults.refuseEntry('DeleteMessageBatch', 0, undefined, 3),
  ],
  [
    'errors of the server when sending',
    ({ faults }) => faults.fail('SendMessageBatch', 'InternalFailure', 3),
  ],
  [
    'errors of the server when receiving',
    ({ faults }) => faults.fail('ReceiveMessage', 'InternalFailure', 5),
  ],
  ['throttling of every kind of call', throttle],
  ['all of these faults at once', (sqs) => FAULTS.slice(1, -1).forEach(([, play]) => play(sqs))],
];

function throttle({ faults }: StrictSqs): void {
  for (const action of ['SendMessageBatch', 'ReceiveMessage', 'DeleteMessageBatch'] as const)
    faults.fail(action, 'ThrottlingException', 1);
}

describe('relay, queue and consumer on the strict SQS simulator', () => {
  let url: string;
  let database: ServiceDatabase;
  let queue: ServedQueue;
  before(async () => {
    url = await createTestDatabase('delivery-service');
    database = createDatabase(url, 'strict-sqs-test', LIMITS, silentLogger);
  });
  after(() => database.stop());
  beforeEach(async () => {
    await emptyPipeline(url);
    queue = await serveQueue();
  });
  afterEach(() => queue.stop());

  const inOrder = (orderIds: readonly string[]) => Object.fromEntries(orderIds.map((id) => [id, [1, 2, 3]]));
  const bodies = (name: string) => queue.sqs.messages(name).map(({ body }) => body);

  for (const [name, play] of FAULTS) {
    for (const [pace, seconds] of PACES) {
      it(`given ${name} while ${pace}, then the messages of each order are handled in order, each once`, async () => {
        const pipeline = relayPipeline(database, url, queue, { before: failingOnce() });
        const orderIds = await pipeline.append(6);
        play(queue.sqs);
        await pipeline.run(seconds);
        expect(await pipeline.effects()).to.deep.equal(inOrder(orderIds));
        expect([bodies(ORDERS_QUEUE), bodies(DLQ)]).to.deep.equal([[], []]);
        expect(queue.sqs.faults.isOver(), 'every fault was injected').to.equal(true);
      });
    }
  }

  it('given repeated old messages after newer ones, then the messages of each order are handled in order, each once', async () => {
    const pipeline = relayPipeline(database, url, queue, { before: failingOnce() });
    const orderIds = await pipeline.append(6);
    for (let round = 0; round < 6; round += 1) {
      await pipeline.step();
      queue.sqs.replay(ORDERS_QUEUE, ({ body }) => !body.includes('"version":3'));
      queue.sqs.clock.advance(10);
    }
    await pipeline.run(61);
    expect(await pipeline.effects()).to.deep.equal(inOrder(orderIds));
    expect([bodies(ORDERS_QUEUE), bodies(DLQ)]).to.deep.equal([[], []]);
  });

  it('given a consumer without an inbox, when messages are delivered twice, then the duplicate is detected: the tests above can fail', async () => {
    const pipeline = relayPipeline(database, url, queue, { hasInbox: false });
    const [orderId] = await pipeline.append(1);
    queue.sqs.deliver(ORDERS_QUEUE, 2, () => true);
    await pipeline.run(61);
    expect((await pipeline.effects())[orderId!]).to.have.members([1, 1, 2, 2, 3, 3]);
  });

  it('given poison, then the messages of its order are in the dead letters, complete and in order; after a fix and a redrive all are handled', async () => {
    let poisoned = '';
    const before = (message: { order_id: string }): void => {
      if (message.order_id === poisoned) throw new PoisonMessageError('bad');
    };
    const pipeline = relayPipeline(database, url, queue, { before });
    const orderIds = await pipeline.append(4);
    poisoned = orderIds[0]!;
    await pipeline.run(61);
    expect(await pipeline.effects()).to.deep.equal(inOrder(orderIds.slice(1)));
    expect(bodies(ORDERS_QUEUE)).to.deep.equal([]);
    const dead = queue.sqs.messages(DLQ).map(({ groupId, body }) => [groupId, versionOf(body)]);
    expect(dead).to.deep.equal([1, 2, 3].map((version) => [poisoned, version]));
    poisoned = '';
    await bringBack();
    await pipeline.run(61);
    expect(await pipeline.effects()).to.deep.equal(inOrder(orderIds));
  });

  it('given a batch of which one entry fails, then only that entry is sent again', async () => {
    queue.sqs.faults.refuseEntry('SendMessageBatch', 1);
    expect(await publish('a', 'b', 'c')).to.deep.include({ sent: ['a', 'c'] });
    expect(await publish('b')).to.deep.include({ sent: ['b'] });
    expect(bodies(ORDERS_QUEUE)).to.deep.equal(['a', 'c', 'b']);
  });

  it('given a lost answer, then no event counts as sent, and within five minutes the repeat is deduplicated', async () => {
    queue.sqs.faults.loseReply('SendMessageBatch', 2);
    const { sent, failed } = await publish('a', 'b');
    expect([sent, failed.map(({ id }) => id)]).to.deep.equal([[], ['a', 'b']]);
    expect(await publish('a', 'b')).to.deep.equal({ sent: ['a', 'b'], failed: [] });
    expect(bodies(ORDERS_QUEUE)).to.deep.equal(['a', 'b']);
  });

  const publish = (...ids: string[]) =>
    publishBatch(
      queue.client,
      queue.url,
      ids.map((id) => ({ id, groupId: id, deduplicationId: id, body: id })),
    );

  /** Redrives each dead letter to the end of its group, with a new deduplication id. */
  async function bringBack(): Promise<void> {
    const QueueUrl = await queueUrls(queue.client)(DLQ);
    const receive = new ReceiveMessageCommand({
      ...{ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 0 },
      MessageSystemAttributeNames: ['MessageGroupId', 'MessageDeduplicationId'],
    });
    for (const { Body, Attributes, ReceiptHandle } of (await queue.client.send(receive)).Messages ?? []) {
      const MessageDeduplicationId = `${Attributes!.MessageDeduplicationId}:1`;
      await queue.send(Attributes!.MessageGroupId!, Body!, { MessageDeduplicationId });
      await queue.client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
  }
});

const versionOf = (body: string): number => (JSON.parse(body) as { version: number }).version;
