import { UNAVAILABLE } from '../../../src/shared/contracts/problem';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { expect } from 'chai';
import fc from 'fast-check';
import { ORDERS_QUEUE } from '../../../src/shared/contracts/queues';
import { AppError, PoisonMessageError } from '../../../src/shared/errors';
import { ensureQueues } from '../../../src/shared/queue/create-queues';
import { createQueueConsumer } from '../../../src/shared/queue/queue-consumer';
import { queueUrls } from '../../../src/shared/queue/queue-topology';
import { silentLogger } from '../../support/service-pair';
import { strictSqs, type StrictSqs } from '../../support/strict-sqs/strict-sqs';

const LONGER_THAN_ANY_DELAY = 1_000;

describe('a queue consumer on the strict FIFO simulator', () => {
  const consumer = ({ client }: StrictSqs, handle: (body: string) => Promise<void>) =>
    createQueueConsumer({
      client,
      pollingClient: client,
      resolveQueueUrl: queueUrls(client),
      queue: ORDERS_QUEUE,
      handle,
      logger: silentLogger,
      waitSeconds: 0,
    });

  it('given messages that fail temporarily, when several pollers receive them, then each group is handled in order, each message once', async () => {
    // Per group, how often each of its messages fails: fewer times than the redrive policy allows.
    const groups = fc.array(fc.array(fc.nat({ max: 1 }), { maxLength: 4 }), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(groups, fc.integer({ min: 1, max: 3 }), async (failures, pollers) => {
        const sqs = await strictQueues();
        const left = new Map<string, number>();
        for (const [group, messages] of failures.entries()) {
          for (const [place, fails] of messages.entries()) {
            await send(sqs, `g${group}`, `g${group}:${place}`);
            left.set(`g${group}:${place}`, fails);
          }
        }
        const done: string[] = [];
        const work = failSomeTimes(left, done);
        const loops = Array.from({ length: pollers }, () => consumer(sqs, work));
        for (let round = 0; waiting(sqs).length > 0 && round < 40; round += 1) {
          await Promise.all(loops.map((loop) => loop.runOnce()));
          sqs.clock.advance(LONGER_THAN_ANY_DELAY);
        }
        expect([waiting(sqs), waiting(sqs, 'orders-dlq.fifo')]).to.deep.equal([[], []]);
        for (const [group, messages] of failures.entries()) {
          const expected = messages.map((_, place) => `g${group}:${place}`);
          expect(done.filter((body) => body.startsWith(`g${group}:`))).to.deep.equal(expected);
        }
      }),
    );
  });

  it('given a failed message, when its group is received again, then it is first', async () => {
    const sqs = await strictQueues();
    for (const body of ['a1', 'a2', 'a3']) await send(sqs, 'a', body);
    const handled: string[] = [];
    const loop = consumer(sqs, (body) => {
      handled.push(body);
      const isFirstTry = handled.filter((one) => one === body).length === 1;
      return body === 'a2' && isFirstTry
        ? Promise.reject(new AppError(UNAVAILABLE, 'no'))
        : Promise.resolve();
    });
    await loop.runOnce();
    await loop.runOnce();
    expect(handled, 'the group is not visible').to.deep.equal(['a1', 'a2']);
    sqs.clock.advance(LONGER_THAN_ANY_DELAY);
    await loop.runOnce();
    expect(handled).to.deep.equal(['a1', 'a2', 'a2', 'a3']);
  });

  it('given a visibility timeout that expired during the handler, when the message is acknowledged, then it is received again without an error', async () => {
    const sqs = await strictQueues();
    await send(sqs, 'a', 'slow');
    await send(sqs, 'b', 'other');
    let times = 0;
    const loop = consumer(sqs, (body) => {
      if (body === 'slow' && (times += 1) === 1) sqs.clock.advance(31);
      return Promise.resolve();
    });
    expect(await loop.runOnce()).to.equal(0);
    expect(waiting(sqs)).to.deep.equal(['slow', 'other']);
    await loop.runOnce();
    expect([times, waiting(sqs)]).to.deep.equal([2, []]);
  });

  it('given poison, when it was received five times, then it is in the dead letters and other groups are handled', async () => {
    const sqs = await strictQueues();
    for (const body of ['a', 'poison', 'b']) await send(sqs, body, body);
    const handled: string[] = [];
    const loop = consumer(sqs, (body) => {
      handled.push(body);
      return body === 'poison' ? Promise.reject(new PoisonMessageError('bad')) : Promise.resolve();
    });
    for (let step = 0; step < 6; step += 1) {
      await loop.runOnce();
      sqs.clock.advance(LONGER_THAN_ANY_DELAY);
    }
    expect([waiting(sqs), waiting(sqs, 'orders-dlq.fifo')]).to.deep.equal([[], ['poison']]);
    expect(handled.filter((body) => body !== 'poison')).to.have.members(['a', 'b']);
  });
});

async function strictQueues(): Promise<StrictSqs> {
  const sqs = strictSqs();
  await ensureQueues(sqs.client);
  return sqs;
}

async function send({ client }: StrictSqs, MessageGroupId: string, MessageBody: string): Promise<void> {
  const QueueUrl = await queueUrls(client)(ORDERS_QUEUE);
  const message = { QueueUrl, MessageGroupId, MessageBody, MessageDeduplicationId: MessageBody };
  await client.send(new SendMessageCommand(message));
}

const waiting = (sqs: StrictSqs, queue = ORDERS_QUEUE): string[] =>
  sqs.messages(queue).map(({ body }) => body);

/** A handler that fails `left` times for a message, then records it as done. */
function failSomeTimes(left: Map<string, number>, done: string[]) {
  return async (body: string): Promise<void> => {
    await Promise.resolve();
    const fails = left.get(body) ?? 0;
    left.set(body, fails - 1);
    if (fails > 0) throw new AppError(UNAVAILABLE, 'for a while');
    done.push(body);
  };
}
