import { UNAVAILABLE } from '../../../src/shared/contracts/problem';
import { expect } from 'chai';
import sinon from 'sinon';
import { ORDERS_QUEUE } from '../../../src/shared/contracts/queues';
import { AppError, PoisonMessageError } from '../../../src/shared/errors';
import { createQueueConsumer } from '../../../src/shared/queue/queue-consumer';
import { deadLetterQueueOf } from '../../../src/shared/queue/queue-topology';
import { fakeSqs, received, type FakeSqs } from '../../support/fake-sqs';
import { silentLogger } from '../../support/service-pair';

describe('a queue consumer', () => {
  let sqs: FakeSqs;
  let handled: string[];
  beforeEach(() => {
    sqs = fakeSqs();
    handled = [];
  });
  afterEach(() => sinon.restore());

  const consumer = (handle: (body: string) => Promise<void> = () => Promise.resolve()) =>
    createQueueConsumer({
      client: sqs.client,
      pollingClient: sqs.client,
      resolveQueueUrl: (name) => Promise.resolve(name),
      queue: ORDERS_QUEUE,
      logger: silentLogger,
      async handle(body) {
        handled.push(body);
        await handle(body);
      },
    });

  it('given a batch of several groups, then groups run concurrently and each in order', async () => {
    sqs.batches = [[received('a', 'a1'), received('a', 'a2'), received('b', 'b1'), received('b', 'b2')]];
    let releaseA1: () => void = () => undefined;
    const a1 = new Promise<void>((resolve) => (releaseA1 = resolve));
    await consumer(async (body) => {
      if (body === 'a1') await a1;
      if (body === 'b2') releaseA1();
    }).runOnce();
    expect(handled).to.deep.equal(['a1', 'b1', 'b2', 'a2']);
    expect(sqs.deleted).to.have.members(['a1', 'a2', 'b1', 'b2']);
  });

  it('given a failing message, then the later messages of its group are not handled and are released with it', async () => {
    sqs.batches = [[received('a', 'a1'), received('a', 'a2', 3), received('a', 'a3'), received('b', 'b1')]];
    await consumer((body) => (body === 'a2' ? Promise.reject(new Error('no')) : Promise.resolve())).runOnce();
    expect(handled).not.to.include('a3');
    expect(sqs.deleted).to.have.members(['a1', 'b1']);
    expect(sqs.visibility).to.deep.equal([
      ['a2', 4],
      ['a3', 4],
    ]);
  });

  describe('given an unavailable dependency', () => {
    const unavailable = () => Promise.reject(new AppError(UNAVAILABLE, 'the database is away'));

    it('then the message is retried with growing delays, and finally requeued at the end of its group, where retries start again', async () => {
      sqs.batches = [1, 2, 3, 4, 5].map((receives) => [received('a', `a${receives}`, receives)]);
      const loop = consumer(unavailable);
      for (let receive = 0; receive < 5; receive += 1) await loop.runOnce();
      expect(sqs.visibility.map(([, seconds]) => seconds)).to.deep.equal([1, 4, 16, 60]);
      expect(sqs.sent.map(({ QueueUrl, MessageBody }) => [QueueUrl, MessageBody])).to.deep.equal([
        [ORDERS_QUEUE, 'a5'],
      ]);
      expect(sqs.deleted).to.deep.equal(['a5']);
    });

    it('then later messages continue after the requeue, and the message is a dead letter after four days over all requeues', async () => {
      const message = received('a', 'a1', 5);
      message.Attributes!.SentTimestamp = String(Date.now() - 60_000);
      sqs.batches = [[message, received('a', 'a2')]];
      const loop = consumer(unavailable);
      await loop.runOnce();
      expect(sqs.visibility).to.deep.equal([['a2', 0]]);
      const { FirstSentAt } = sqs.sent[0]!.MessageAttributes!;
      expect(Date.parse(FirstSentAt!.StringValue)).to.equal(Number(message.Attributes!.SentTimestamp));

      const old = received('a', 'a3', 5);
      const fiveDaysAgo = new Date(Date.now() - 5 * 86_400_000).toISOString();
      old.MessageAttributes = { FirstSentAt: { DataType: 'String', StringValue: fiveDaysAgo } };
      sqs.batches = [[old]];
      await loop.runOnce();
      const [, dead] = sqs.sent;
      expect(dead).to.include({ QueueUrl: deadLetterQueueOf(ORDERS_QUEUE), MessageBody: 'a3' });
      expect(dead!.MessageAttributes!['SentAt']!.StringValue).to.equal(fiveDaysAgo);
    });

    it('and the requeue fails too, then the message is left to the redrive policy', async () => {
      sqs.batches = [[received('a', 'a1', 5)]];
      let refusals = 1;
      sqs.before = (command) => {
        if (command.startsWith('Send') && refusals-- > 0) throw new Error('connection lost');
      };
      await consumer(unavailable).runOnce();
      expect(sqs.sent.map(({ QueueUrl }) => QueueUrl)).to.deep.equal([deadLetterQueueOf(ORDERS_QUEUE)]);
    });
  });

  it('given poison, then it is made visible at once, to reach the dead letters soon', async () => {
    sqs.batches = [[received('a', 'a1', 2)]];
    await consumer(() => Promise.reject(new PoisonMessageError('bad'))).runOnce();
    expect(sqs.visibility).to.deep.equal([['a1', 0]]);
    expect(sqs.deleted).to.deep.equal([]);
  });

  it('given a failure at the last receive, then the message is moved to the dead letters with its reason, and later messages continue', async () => {
    sqs.batches = [[received('a', 'a1', 5), received('a', 'a2'), received('b', 'b1')]];
    const reason = `line 1\n\tline\u0000 2 ${'x'.repeat(485)}\u{1F600}`;
    await consumer((body) =>
      body === 'a1' ? Promise.reject(new PoisonMessageError(reason)) : Promise.resolve(),
    ).runOnce();
    expect(handled).to.deep.equal(['a1', 'b1']);
    const [{ MessageAttributes, ...copy }] = sqs.sent as [(typeof sqs.sent)[0]];
    expect([copy.MessageBody, copy.MessageGroupId]).to.deep.equal(['a1', 'a']);
    expect(copy.MessageDeduplicationId).to.match(/^[\da-f-]{36}$/);
    expect(MessageAttributes!['Reason']!.StringValue).to.equal(`line 1 line 2 ${'x'.repeat(485)}`);
    expect(MessageAttributes!['SourceQueue']!.StringValue).to.equal(ORDERS_QUEUE);
    expect(Date.now() - Date.parse(MessageAttributes!['FailedAt']!.StringValue)).to.be.within(0, 5_000);
    expect(MessageAttributes!['Receives']!.StringValue).to.equal('5');
    expect(sqs.deleted).to.have.members(['a1', 'b1']);
    expect(sqs.visibility).to.deep.equal([['a2', 0]]);
  });

  it('given a dead-letter queue that refuses or is unreachable, then message and group are left to the redrive policy of SQS', async () => {
    sqs.batches = [1, 2].map(() => [received('a', 'a1', 5), received('a', 'a2')]);
    const loop = consumer(() => Promise.reject(new PoisonMessageError('bad')));
    sqs.refuse = () => 'too long';
    await loop.runOnce();
    sqs.before = (command) => {
      if (command.startsWith('Send')) throw new Error('connection lost');
    };
    await loop.runOnce();
    expect(sqs.deleted).to.deep.equal([]);
    expect(sqs.visibility.map(([receipt]) => receipt)).to.deep.equal(['a1', 'a2', 'a1', 'a2']);
  });

  it('given a message that is being moved, then its visibility timeout is extended, and it is deleted only after the send', async () => {
    sqs.batches = [[received('a', 'a1', 5)]];
    let deletedBefore: string[] | undefined;
    sqs.before = (command) => {
      if (command.startsWith('Send')) deletedBefore = [...sqs.deleted];
      expect(command === 'DeleteMessageBatchCommand' && sqs.sent.length === 0).to.equal(false);
    };
    await consumer(() => Promise.reject(new PoisonMessageError('bad'))).runOnce();
    expect([deletedBefore, sqs.visibility, sqs.deleted]).to.deep.equal([[], [], ['a1']]);
  });

  it('given a delete that is refused, or fails, then the others are deleted and the consumer continues', async () => {
    sqs.batches = [[received('a', 'a1'), received('b', 'b1')], [received('c', 'c1')]];
    sqs.refuse = (id) => (id === 'a1' ? 'The receipt handle has expired' : null);
    const loop = consumer();
    expect(await loop.runOnce()).to.equal(0);
    expect(sqs.deleted).to.deep.equal(['b1']);
    sqs.before = (command) => {
      if (command.startsWith('Delete')) throw new Error('connection lost');
    };
    expect(await loop.runOnce()).to.equal(0);
  });

  it('given a slow handler, then the visibility timeout is extended until it is done, and not after', async () => {
    const clock = sinon.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    sqs.batches = [[received('a', 'a1')]];
    let finish: () => void = () => undefined;
    const step = consumer(() => new Promise((resolve) => (finish = resolve))).runOnce();
    await new Promise(setImmediate);
    await clock.tickAsync(25_000);
    finish();
    await step;
    await clock.tickAsync(60_000);
    expect(sqs.visibility).to.deep.equal([
      ['a1', 30],
      ['a1', 30],
    ]);
  });

  it('given a stop in the middle of a group, then the current message is finished and the others are released at once', async () => {
    sqs.batches = [[received('a', 'a1'), received('a', 'a2')]];
    let finish: () => void = () => undefined;
    const loop = consumer(() => new Promise((resolve) => (finish = resolve)));
    await loop.start();
    while (handled.length === 0) await new Promise(setImmediate);
    const stopped = loop.stop();
    finish();
    await stopped;
    expect(handled).to.deep.equal(['a1']);
    expect(sqs.deleted).to.deep.equal(['a1']);
    expect(sqs.visibility).to.deep.equal([['a2', 0]]);
  });

  it('given a receive in flight, when the consumer is stopped, then its messages are released at once', async () => {
    sqs.batches = [[received('a', 'a1')]];
    let arrive: () => void = () => undefined;
    const onTheirWay = new Promise<void>((resolve) => (arrive = resolve));
    sqs.before = (command) => (command === 'ReceiveMessageCommand' ? onTheirWay : undefined);
    const loop = consumer();
    await loop.start();
    const stopped = loop.stop();
    arrive();
    await stopped;
    expect([handled, sqs.deleted, sqs.visibility]).to.deep.equal([[], [], [['a1', 0]]]);
  });

  it('given a long poll that finds nothing, when the consumer is stopped, then it ends at once', async () => {
    const loop = consumer();
    await loop.start();
    await new Promise(setImmediate);
    await loop.stop();
    expect(handled).to.deep.equal([]);
  });
});
