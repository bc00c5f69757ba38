import { expect } from 'chai';
import { orderCreated } from '../../../src/shared/contracts/messages';
import { PoisonMessageError } from '../../../src/shared/errors';
import { currentContext } from '../../../src/shared/observability/context';
import { parseMessageBody, toMessageBody } from '../../../src/shared/queue/message-body';
import { messageRouter, route } from '../../../src/shared/queue/message-router';
import { type OutgoingMessage, publishBatch } from '../../../src/shared/queue/publish-batch';
import { MAX_RECEIVE_COUNT, queueTopology, queueUrls } from '../../../src/shared/queue/queue-topology';
import { fakeSqs } from '../../support/fake-sqs';
import { envelope, orderSnapshot } from '../../support/messages';

const ORDER_ID = '0190a0a0-0000-7000-8000-000000000001';

describe('message bodies', () => {
  it('given text that SQS refuses, then it is escaped in the body and read back unchanged', () => {
    const message = envelope({ type: 'T', order_id: ORDER_ID, payload: { text: 'a\uffff\ufffe\u0001é🚀' } });
    const body = toMessageBody(message);
    for (const character of ['\uffff', '\ufffe', '\u0001']) expect(body).not.to.contain(character);
    expect(parseMessageBody(body)).to.deep.equal(message);
  });

  it('given a body that is not an envelope, then it is poison', () => {
    for (const body of [
      '',
      '{',
      '[]',
      'null',
      JSON.stringify({ ...envelope({ type: 'T', order_id: ORDER_ID }), version: 0 }),
      JSON.stringify({ ...envelope({ type: 'T', order_id: ORDER_ID }), version: 2 ** 31 }),
      JSON.stringify(envelope({ type: 'T', order_id: ORDER_ID, payload: 'price' })).replace(
        '"price"',
        '80000000000000.01',
      ),
    ]) {
      expect(() => parseMessageBody(body), body).to.throw(PoisonMessageError);
    }
  });
});

describe('the message router', () => {
  const seen: unknown[] = [];
  const handle = messageRouter({
    ORDER_CREATED: route(orderCreated, ({ payload }) => {
      seen.push(payload.customer_id, currentContext()?.correlationId, currentContext()?.fields['order_id']);
      return Promise.resolve();
    }),
  });

  it('given a known message, then its handler receives the validated message in its log context', async () => {
    await handle(
      JSON.stringify(
        envelope({
          type: 'ORDER_CREATED',
          order_id: ORDER_ID,
          payload: orderSnapshot,
          correlation_id: 'c-1',
        }),
      ),
    );
    expect(seen).to.deep.equal(['customer', 'c-1', ORDER_ID]);
  });

  it('given an unknown type or a malformed payload, then it is poison', async () => {
    for (const message of [
      envelope({ type: 'OTHER', order_id: ORDER_ID }),
      envelope({ type: 'ORDER_CREATED', order_id: ORDER_ID }),
      envelope({ type: 'constructor', order_id: ORDER_ID }),
    ]) {
      const error = await handle(JSON.stringify(message)).catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(PoisonMessageError);
    }
  });
});

describe('publishBatch', () => {
  const messages = (count: number, size = 10): OutgoingMessage[] =>
    [...Array(count).keys()].map((n) => ({
      id: `m${n}`,
      groupId: `g${n}`,
      deduplicationId: `d${n}`,
      body: 'x'.repeat(size),
    }));

  it('given more than ten messages, or more than 256 KiB, then they are sent in several calls', async () => {
    const sqs = fakeSqs();
    let calls = 0;
    sqs.before = () => void (calls += 1);
    expect((await publishBatch(sqs.client, 'url', messages(25))).sent).to.have.length(25);
    expect(calls).to.equal(3);
    calls = 0;
    await publishBatch(sqs.client, 'url', messages(5, 100 * 1024));
    expect(calls).to.equal(3);
  });

  it('given an answer that refuses one entry, then only that entry failed', async () => {
    const sqs = fakeSqs();
    sqs.refuse = (id) => (id === 'd1' ? 'throttled' : null);
    const result = await publishBatch(sqs.client, 'url', messages(3));
    const failed = [{ id: 'm1', kind: 'throttled', reason: 'throttled' }];
    expect(result).to.deep.equal({ sent: ['m0', 'm2'], failed });
  });

  it('given a failed call, then all its entries failed with the reason', async () => {
    const sqs = fakeSqs();
    sqs.before = () => {
      throw new Error('socket hang up');
    };
    const { sent, failed } = await publishBatch(sqs.client, 'url', messages(2));
    expect(sent).to.deep.equal([]);
    expect(failed.map(({ reason }) => reason)).to.deep.equal(['socket hang up', 'socket hang up']);
  });
});

describe('queue names', () => {
  it('given a failed look-up, then the next call repeats it, and a successful answer is cached', async () => {
    const answers = [new Error('down'), { QueueUrl: 'http://q' }];
    const asked: unknown[] = [];
    const client = {
      send({ input }: { input: unknown }) {
        asked.push(input);
        const answer = answers.shift();
        return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
      },
    };
    const resolve = queueUrls(client as never, 'p-');
    expect(await resolve('a.fifo').catch((error: Error) => error.message)).to.equal('down');
    expect([await resolve('a.fifo'), await resolve('a.fifo')]).to.deep.equal(['http://q', 'http://q']);
    expect(asked).to.deep.equal([{ QueueName: 'p-a.fifo' }, { QueueName: 'p-a.fifo' }]);
  });

  it('given the topology, then it has the specified settings', () => {
    const [ordersDlq, statusDlq, orders, status] = queueTopology('x-');
    expect([ordersDlq?.name, statusDlq?.name]).to.deep.equal([
      'x-orders-dlq.fifo',
      'x-delivery-status-dlq.fifo',
    ]);
    expect(orders).to.deep.include({ name: 'x-orders-queue.fifo', deadLetterQueue: 'x-orders-dlq.fifo' });
    expect(status).to.deep.include({
      name: 'x-delivery-status-queue.fifo',
      deadLetterQueue: 'x-delivery-status-dlq.fifo',
    });
    expect(orders?.attributes).to.include({
      DeduplicationScope: 'messageGroup',
      FifoThroughputLimit: 'perMessageGroupId',
      VisibilityTimeout: '30',
      ReceiveMessageWaitTimeSeconds: '20',
      MessageRetentionPeriod: '345600',
    });
    expect(ordersDlq?.attributes['MessageRetentionPeriod']).to.equal('1209600');
    expect(MAX_RECEIVE_COUNT).to.equal(5);
  });
});
