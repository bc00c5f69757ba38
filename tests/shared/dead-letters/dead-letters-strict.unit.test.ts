import { expect } from 'chai';
import { ORDERS_QUEUE } from '../../../src/shared/contracts/queues';
import { PoisonMessageError } from '../../../src/shared/errors';
import { createDeadLetters, type DeadLetters } from '../../../src/shared/dead-letters/dead-letters';
import { ensureQueues } from '../../../src/shared/queue/create-queues';
import { publishBatch } from '../../../src/shared/queue/publish-batch';
import { createQueueConsumer } from '../../../src/shared/queue/queue-consumer';
import { queueUrls } from '../../../src/shared/queue/queue-topology';
import { envelope } from '../../support/messages';
import { silentLogger } from '../../support/service-pair';
import { strictSqs, type StrictSqs } from '../../support/strict-sqs/strict-sqs';

const DLQ = 'orders-dlq.fifo';
const ORDERS = ['1', '2', '3'].map((digit) => `0190a0a0-0000-7000-8000-00000000000${digit}`);

const FAULTS: [name: string, play: (sqs: StrictSqs) => void][] = [
  ['no faults', () => undefined],
  ['lost replies of sends', ({ faults }) => faults.loseReply('SendMessageBatch', 3)],
  ['lost replies of deletes', ({ faults }) => faults.loseReply('DeleteMessageBatch', 3)],
  ['lost replies of receives', ({ faults }) => faults.loseReply('ReceiveMessage', 3)],
  ['one refused entry in each send', ({ faults }) => faults.refuseEntry('SendMessageBatch', 0, undefined, 3)],
  [
    'one refused entry in each delete',
    ({ faults }) => faults.refuseEntry('DeleteMessageBatch', 0, undefined, 3),
  ],
  [
    'crashes between sending and deleting',
    ({ faults }) => faults.fail('DeleteMessageBatch', 'InternalFailure', 3),
  ],
  [
    'visibility timeouts that cannot be reset',
    ({ faults }) => faults.fail('ChangeMessageVisibilityBatch', 'InternalFailure', 3),
  ],
  ['all of these faults at once', (sqs) => FAULTS.slice(1, -1).forEach(([, play]) => play(sqs))],
];

describe('dead letters on the strict SQS simulator', () => {
  let sqs: StrictSqs;
  let deadLetters: DeadLetters;
  let time: NodeJS.Timeout;
  beforeEach(async () => {
    sqs = strictSqs();
    await ensureQueues(sqs.client);
    deadLetters = createDeadLetters({
      client: sqs.client,
      resolveQueueUrl: queueUrls(sqs.client),
      logger: silentLogger,
    });
    // All waits use virtual time.
    time = setInterval(() => sqs.clock.advance(0.05), 1);
  });
  afterEach(() => clearInterval(time));

  const bodies = (queue: string) => sqs.messages(queue).map(({ body }) => body);
  const versionsOf = (orderId: string, texts: string[]): number[] => [
    ...new Set(
      texts
        .map((body) => JSON.parse(body) as { order_id: string; version: number })
        .filter((message) => message.order_id === orderId)
        .map(({ version }) => version),
    ),
  ];

  async function send(queue: string, versions: number): Promise<void> {
    const url = await queueUrls(sqs.client)(queue);
    for (let version = 1; version <= versions; version += 1) {
      const messages = ORDERS.map((orderId) => envelope({ type: 'T', order_id: orderId, version }));
      await publishBatch(
        sqs.client,
        url,
        messages.map((message) => ({
          id: message.id,
          groupId: message.order_id,
          deduplicationId: message.id,
          body: JSON.stringify(message),
        })),
      );
    }
  }

  for (const [name, play] of FAULTS) {
    it(`given ${name}, when dead letters are redriven until none is left, then none is lost, and the messages of each order are in order`, async () => {
      await send(DLQ, 14);
      play(sqs);
      for (let round = 0; bodies(DLQ).length > 0 && round < 40; round += 1) {
        await deadLetters.redrive(ORDERS_QUEUE, null, 'me').catch(() => undefined);
        sqs.clock.advance(31);
      }
      expect(bodies(DLQ)).to.deep.equal([]);
      const inOrder = Array.from({ length: 14 }, (_, index) => index + 1);
      for (const orderId of ORDERS) expect(versionsOf(orderId, bodies(ORDERS_QUEUE))).to.deep.equal(inOrder);
    });
  }

  it('given two redrives at once, then each dead letter is sent once', async () => {
    await send(DLQ, 14);
    const both = await Promise.all([
      deadLetters.redrive(ORDERS_QUEUE, null, 'me'),
      deadLetters.redrive(ORDERS_QUEUE, null, 'me'),
    ]);
    expect(both[0].redriven + both[1].redriven).to.equal(42);
    expect([bodies(ORDERS_QUEUE).length, bodies(DLQ)]).to.deep.equal([42, []]);
  });

  it('given a peek, then only the first messages of each order are returned, and all can be received right afterwards', async () => {
    await send(DLQ, 14);
    const seen = await deadLetters.peek(ORDERS_QUEUE, 100);
    const texts = seen.map(({ body }) => JSON.stringify(body));
    for (const orderId of ORDERS) {
      const versions = versionsOf(orderId, texts);
      expect(versions).to.deep.equal(versions.map((_, index) => index + 1));
      expect(versions.length).to.be.within(0, 10);
    }
    expect(seen.length).to.be.within(10, 30);
    expect((await deadLetters.stateOf(ORDERS_QUEUE)).dead_letters).to.equal(42);
    expect(await deadLetters.peek(ORDERS_QUEUE, 100)).to.deep.equal(seen);
    const { redriven } = await deadLetters.redrive(ORDERS_QUEUE, null, 'me');
    expect(redriven).to.equal(42);
  });

  it('given a move whose reply is lost, then the message exists twice and counts as one, with its reason', async () => {
    await send(ORDERS_QUEUE, 1);
    const consumer = createQueueConsumer({
      client: sqs.client,
      pollingClient: sqs.client,
      resolveQueueUrl: queueUrls(sqs.client),
      queue: ORDERS_QUEUE,
      handle: () => Promise.reject(new PoisonMessageError('bad')),
      logger: silentLogger,
      waitSeconds: 0,
    });
    sqs.faults.loseReply('SendMessageBatch', 1);
    for (let step = 0; step < 6; step += 1) await consumer.runOnce();
    expect([bodies(ORDERS_QUEUE), bodies(DLQ).length]).to.deep.equal([[], 4]);
    const seen = await deadLetters.peek(ORDERS_QUEUE, 100);
    expect(seen.map(({ reason }) => reason)).to.deep.equal(['bad', 'bad', 'bad']);
    expect(await deadLetters.redrive(ORDERS_QUEUE, null, 'me')).to.deep.equal({
      redriven: 3,
      failed: 0,
      skipped: 0,
    });
    expect([bodies(ORDERS_QUEUE).length, bodies(DLQ)]).to.deep.equal([3, []]);
  });
});
