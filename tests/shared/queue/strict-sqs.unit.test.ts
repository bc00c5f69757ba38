import { setTimeout as delay } from 'node:timers/promises';
import { PurgeQueueCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { expect } from 'chai';
import { ORDERS_QUEUE } from '../../../src/shared/contracts/queues';
import { ensureQueues } from '../../../src/shared/queue/create-queues';
import { queueUrls } from '../../../src/shared/queue/queue-topology';
import { bodiesOf, errorOf, serveQueue, type ServedQueue } from '../../support/strict-sqs/served-queue';
import { type StrictSqsServer } from '../../support/strict-sqs/server';
import { strictSqs } from '../../support/strict-sqs/strict-sqs';
import { IN_FLIGHT_CAP } from '../../support/strict-sqs/take';

const DAY = 86_400;

describe('the simulated SQS: FIFO rules', () => {
  let queue: ServedQueue;
  let sqs: StrictSqsServer;
  beforeEach(async () => {
    queue = await serveQueue();
    sqs = queue.sqs;
  });
  afterEach(() => queue.stop());

  const dlqUrl = () => queueUrls(queue.client)('orders-dlq.fifo');

  describe('deduplication', () => {
    it('given a deleted message, when it is sent again within five minutes, then it is deduplicated and the first message id is returned', async () => {
      const first = await queue.send('g', 'a');
      await queue.remove((await queue.receive())[0]!);
      sqs.clock.advance(299);
      expect((await queue.send('g', 'a')).MessageId).to.equal(first.MessageId);
      expect(await queue.receive()).to.deep.equal([]);
      sqs.clock.advance(1);
      expect(
        (await queue.send('g', 'a')).MessageId,
        'the repeat did not renew the five minutes',
      ).not.to.equal(first.MessageId);
      expect(bodiesOf(await queue.receive())).to.deep.equal(['a']);
    });

    it('given one deduplication id in two groups, then both messages are accepted', async () => {
      await queue.send('g', 'a');
      await queue.send('h', 'a');
      expect(bodiesOf(await queue.receive())).to.deep.equal(['a', 'a']);
    });
  });

  describe('order and visibility timeouts', () => {
    it('given a long group and another, then a receive returns ten of the first in order, and nothing of a group in flight', async () => {
      for (let n = 0; n < 12; n += 1) await queue.send('long', `long-${n}`);
      await queue.send('other', 'other-0');
      const first = await queue.receive();
      expect(bodiesOf(first)).to.deep.equal([...Array(10).keys()].map((n) => `long-${n}`));
      await Promise.all(first.slice(0, 9).map(queue.remove));
      expect(bodiesOf(await queue.receive()), 'one of the long group is still in flight').to.deep.equal([
        'other-0',
      ]);
      await queue.remove(first[9]!);
      expect(bodiesOf(await queue.receive())).to.deep.equal(['long-10', 'long-11']);
    });

    it('given an expired visibility timeout, then the group is received again from its head, and the old receipts are refused', async () => {
      await queue.send('g', 'a');
      await queue.send('g', 'b');
      const [old] = await queue.receive();
      sqs.clock.advance(30);
      expect((await errorOf(queue.remove(old!))).message).to.contain('receipt handle has expired');
      const [a, b] = await queue.receive();
      expect([a!.Body, b!.Body]).to.deep.equal(['a', 'b']);
      expect((await errorOf(queue.remove(old!))).message, 'superseded').to.contain(
        'receipt handle has expired',
      );
      expect((await errorOf(queue.hide(old!, 5))).message).to.contain(
        'not available for visibility timeout change',
      );
      await queue.remove(a!);
      await queue.remove(a!);
      expect((await errorOf(queue.remove({ ReceiptHandle: 'nonsense' }))).name).to.equal(
        'ReceiptHandleIsInvalid',
      );
    });

    it('given a changed visibility timeout, then it ends at the new time, at most after twelve hours', async () => {
      await queue.send('g', 'a');
      const [a] = await queue.receive();
      await queue.hide(a!, 100);
      sqs.clock.advance(99);
      expect(await queue.receive()).to.deep.equal([]);
      expect((await errorOf(queue.hide(a!, 43_200))).message).to.contain('beyond the limit');
      await queue.hide(a!, 0);
      expect(bodiesOf(await queue.receive())).to.deep.equal(['a']);
    });

    it('given a long poll, then a message or the virtual time ends it', async () => {
      const waiting = queue.receive({ WaitTimeSeconds: 20, VisibilityTimeout: 43_200 });
      await queue.send('g', 'a');
      expect(bodiesOf(await waiting)).to.deep.equal(['a']);
      await queue.send('g', 'b');
      let ended = false;
      const empty = queue.receive({ WaitTimeSeconds: 20 }).finally(() => (ended = true));
      while (!ended) {
        sqs.clock.advance(20);
        await delay(5);
      }
      expect(await empty, 'the group is in flight').to.deep.equal([]);
    });

    it('given a long poll whose caller has disconnected, then it receives no message', async () => {
      const gone = new AbortController();
      const poll = queue.client.send(
        new ReceiveMessageCommand({ QueueUrl: queue.url, WaitTimeSeconds: 20 }),
        {
          abortSignal: gone.signal,
        },
      );
      await queue.receive();
      gone.abort();
      expect((await errorOf(poll)).name).to.equal('AbortError');
      await queue.receive();
      await queue.send('g', 'a');
      expect(bodiesOf(await queue.receive())).to.deep.equal(['a']);
    });

    it('given the maximum number of messages in flight, then a receive returns nothing', async () => {
      const crowded = strictSqs();
      await ensureQueues(crowded.client);
      const url = await queueUrls(crowded.client)(ORDERS_QUEUE);
      const add = (id: string) =>
        crowded.client.send(
          new SendMessageCommand({
            QueueUrl: url,
            MessageBody: id,
            MessageGroupId: id,
            MessageDeduplicationId: id,
          }),
        );
      for (let n = 0; n <= IN_FLIGHT_CAP; n += 1) await add(`m${n}`);
      for (const message of crowded.messages(ORDERS_QUEUE).slice(1)) message.hiddenUntil = Infinity;
      const poll = () =>
        crowded.client.send(new ReceiveMessageCommand({ QueueUrl: url, WaitTimeSeconds: 0 }));
      expect(await poll()).to.deep.equal({});
      crowded.messages(ORDERS_QUEUE).at(-1)!.hiddenUntil = 0;
      expect((await poll()).Messages).to.have.length(1);
    });
  });

  describe('the end of a message', () => {
    it('given a message received too often, then it is in the dead letters with its group, age and count, and a new deduplication id', async () => {
      const { MessageId } = await queue.send('g', 'poison');
      const sentAt = String(sqs.clock.now());
      await queue.send('g', 'next');
      for (let n = 0; n < 5; n += 1) {
        const [poison] = await queue.receive({ MaxNumberOfMessages: 1 });
        expect(poison!.Body).to.equal('poison');
        await queue.hide(poison!, 0);
        sqs.clock.advance(1);
      }
      expect(bodiesOf(await queue.receive())).to.deep.equal(['next']);
      const [dead] = await queue.receive({ QueueUrl: await dlqUrl(), MessageSystemAttributeNames: ['All'] });
      expect(dead!.MessageId).to.equal(MessageId);
      expect(dead!.Attributes).to.include({
        MessageGroupId: 'g',
        MessageDeduplicationId: MessageId,
        SentTimestamp: sentAt,
        ApproximateReceiveCount: '6',
        DeadLetterQueueSourceArn: `arn:aws:sqs:us-east-1:000000000000:${ORDERS_QUEUE}`,
      });
    });

    it('given a message as old as the retention, then it is deleted, in flight or not; in the dead letters retention starts again', async () => {
      await queue.send('g', 'a');
      for (let n = 0; n < 5; n += 1) await queue.hide((await queue.receive())[0]!, 0);
      sqs.clock.advance(3 * DAY);
      expect(await queue.receive()).to.deep.equal([]);
      await queue.send('h', 'b');
      const [b] = await queue.receive({ VisibilityTimeout: 43_200 });
      sqs.clock.advance(4 * DAY);
      expect(await queue.receive()).to.deep.equal([]);
      await queue.remove(b!);
      sqs.clock.advance(9 * DAY);
      expect(bodiesOf(await queue.receive({ QueueUrl: await dlqUrl(), VisibilityTimeout: 0 }))).to.deep.equal(
        ['a'],
      );
      sqs.clock.advance(DAY);
      expect(await queue.receive({ QueueUrl: await dlqUrl() })).to.deep.equal([]);
    });

    it('given a purge, then only the deduplication ids are left; another purge within a minute is refused', async () => {
      const purge = () => queue.client.send(new PurgeQueueCommand({ QueueUrl: queue.url }));
      await queue.send('g', 'a');
      await purge();
      await queue.send('g', 'a');
      expect(await queue.receive()).to.deep.equal([]);
      expect((await errorOf(purge())).name).to.equal('PurgeQueueInProgress');
      sqs.clock.advance(60);
      await purge();
    });
  });
});
