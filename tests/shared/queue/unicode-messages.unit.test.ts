import { expect } from 'chai';
import fc from 'fast-check';
import { createOrderBody } from '../../../src/order-service/orders/routes/order-schemas';
import { placeOrder } from '../../../src/order-service/orders/domain/place-order';
import { DELIVERY_STATUS_QUEUE, ORDERS_QUEUE } from '../../../src/shared/contracts/queues';
import { shippingChange } from '../../../src/shared/contracts/shipment-resource';
import { orderCreated, shipmentStatusChanged } from '../../../src/shared/contracts/messages';
import { ensureQueues } from '../../../src/shared/queue/create-queues';
import {
  MAX_MESSAGE_BYTES,
  MAX_PAYLOAD_BYTES,
  parseMessageBody,
  toMessageBody,
  toSendableBody,
} from '../../../src/shared/queue/message-body';
import { toReason } from '../../../src/shared/queue/move-to-dead-letters';
import { publishBatch } from '../../../src/shared/queue/publish-batch';
import { fakeSqs } from '../../support/fake-sqs';
import { freeOrder } from '../../support/free-order';
import { envelope, orderSnapshot, statusPayload } from '../../support/messages';
import { strictSqs, type StrictSqs } from '../../support/strict-sqs/strict-sqs';

const ORDER_ID = '0190a0a0-0000-7000-8000-000000000001';

/** All text that JSON can represent: all code points, and lone surrogates. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 100 }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { minLength: 1, maxLength: 60 })
    .map((units) => String.fromCharCode(...units)),
  fc.constantFrom('c-😀', '🚚', '\uffff', '\ufffe', '\u0085', '\u2028', 'e\u0301', '"\\\u0001', '\u007f'),
);

describe('text of any kind in messages', () => {
  let count = 0;
  /** With the character rule of SQS, and with that of the emulator. */
  const queues = [true, false].map((takesSupplementary) => strictSqs({ takesSupplementary }));
  before(() => Promise.all(queues.map(({ client }) => ensureQueues(client))));

  it('given a body with a character above U+FFFF, then the simulator refuses it like the emulator, or accepts it like SQS', async () => {
    const results = await Promise.all(
      queues.map(({ call }) => call('SendMessage', entryOf('plain 🚚')).catch((error: Error) => error.name)),
    );
    expect(results[0]).to.have.property('MessageId');
    expect(results[1]).to.equal('InvalidMessageContents');
  });

  it('given any accepted order, then every queue accepts its message, and it is read back unchanged', async () => {
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(anyText, anyText, async (customerId, productId) => {
        const item = { product_id: productId, quantity: 1, unit_price: 2.5 };
        const input = createOrderBody.safeParse({ customer_id: customerId, items: [item] });
        if (!input.success) return;
        accepted += 1;
        const { event } = placeOrder(freeOrder(input.data.order, 'shop'), ORDER_ID, new Date());
        const message = envelope({ type: 'ORDER_CREATED', order_id: ORDER_ID, payload: event.payload });
        const received = orderCreated.parse(await throughAll(queues, toMessageBody(message)));
        expect(received.payload).to.deep.include({ customer_id: customerId, items: [item] });
      }),
      { numRuns: 300 },
    );
    expect(accepted).to.be.above(50);
  });

  it('given any accepted shipping, then every queue accepts the status message, and it is read back unchanged', async () => {
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(anyText, anyText, async (carrier, trackingNumber) => {
        const change = {
          carrier,
          tracking_number: trackingNumber,
          estimated_delivery: '2026-12-01T00:00:00Z',
        };
        if (!shippingChange.safeParse(change).success) return;
        accepted += 1;
        const payload = { ...statusPayload('SHIPPED', ORDER_ID), carrier, tracking_number: trackingNumber };
        const message = envelope({ type: 'SHIPMENT_STATUS_CHANGED', order_id: ORDER_ID, payload });
        const received = shipmentStatusChanged.parse(await throughAll(queues, toMessageBody(message)));
        expect(received.payload).to.deep.include({ carrier, tracking_number: trackingNumber });
      }),
      { numRuns: 300 },
    );
    expect(accepted).to.be.above(50);
  });

  it('given any JSON that was received unescaped, when it is forwarded, then it is ASCII with the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
        const body = toSendableBody(JSON.stringify(value));
        expect(body).to.match(/^[\x20-\x7f]*$/);
        expect(JSON.parse(body)).to.deep.equal(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('given a dead letter that is not JSON, when it is forwarded, then it is the same byte for byte', async () => {
    const sqs = fakeSqs();
    const bodies = ['é 🚚 {', '\u00a0{"a":"é"}', '{"a":"é🚚"}'];
    await publishBatch(
      sqs.client,
      'url',
      bodies.map((body, n) => ({ id: `m${n}`, groupId: `g${n}`, deduplicationId: `d${n}`, body })),
    );
    expect(sqs.sent.map(({ MessageBody }) => MessageBody)).to.deep.equal([
      bodies[0],
      bodies[1],
      String.raw`{"a":"\u00e9\ud83d\ude9a"}`,
    ]);
  });

  it('given bodies that grow when they are escaped, then a call has at most 256 KiB after escaping', async () => {
    const sqs = fakeSqs();
    const sizes: number[] = [];
    sqs.refuseCall = (entries) =>
      void sizes.push(entries.reduce((sum, { MessageBody }) => sum + Buffer.byteLength(MessageBody), 0));
    const body = JSON.stringify('é'.repeat(20_000));
    await publishBatch(
      sqs.client,
      'url',
      [...Array(6).keys()].map((n) => ({ id: `m${n}`, groupId: `g${n}`, deduplicationId: `d${n}`, body })),
    );
    expect(sizes).to.deep.equal([240_004, 240_004, 240_004]);
  });

  it('given the largest allowed payload, then its message is accepted, also by the dead-letter queue with the longest reason', async () => {
    const rest = JSON.stringify({ text: '' }).length;
    const longest = { correlation_id: '\u{1f69a}'.repeat(128), traceparent: 'é'.repeat(100) };
    const payload = { text: 'x'.repeat(MAX_PAYLOAD_BYTES - rest) };
    const message = envelope({ type: 'T'.repeat(100), order_id: ORDER_ID, payload, ...longest });
    const attributes = {
      Reason: toReason(new Error('\u20ac'.repeat(600))),
      SourceQueue: 'q'.repeat(80),
      FailedAt: new Date().toISOString(),
      SentAt: new Date().toISOString(),
      Receives: '1000',
    };
    const url = `http://strict-sqs/000000000000/${ORDERS_QUEUE}`;
    for (const { client } of queues) {
      const outgoing = {
        id: 'm',
        groupId: 'large',
        deduplicationId: 'd',
        body: toMessageBody(message),
        attributes,
      };
      expect(await publishBatch(client, url, [outgoing])).to.deep.equal({ sent: ['m'], failed: [] });
    }
  });

  it('given the largest order of the contract, then its message is far below the limit of a queue', () => {
    const emoji = '😀'.repeat(100);
    const items = [...Array(100)].map(() => ({ product_id: emoji, quantity: 10_000, unit_price: 0.01 }));
    const { order } = createOrderBody.parse({ customer_id: emoji, items });
    const { event } = placeOrder(freeOrder(order, '😀'.repeat(100)), ORDER_ID, new Date());
    const message = envelope({ type: 'ORDER_CANCEL_REQUESTED', order_id: ORDER_ID, payload: event.payload });
    expect(toMessageBody(message).length).to.be.within(125_000, MAX_MESSAGE_BYTES / 2);
  });

  const entryOf = (body: string, queue = ORDERS_QUEUE) => ({
    QueueUrl: `http://strict-sqs/000000000000/${queue}`,
    MessageBody: body,
    MessageGroupId: `g${count}`,
    MessageDeduplicationId: `d${(count += 1)}`,
  });

  /** The value after a round trip through each queue, which must be the same for all. */
  async function throughAll(through: readonly StrictSqs[], body: string): Promise<unknown> {
    const results: unknown[] = [];
    for (const { call, messages } of through) {
      await call('SendMessage', entryOf(body, DELIVERY_STATUS_QUEUE));
      results.push(parseMessageBody(messages(DELIVERY_STATUS_QUEUE).at(-1)!.body));
    }
    expect(results[0]).to.deep.equal(results[1]);
    return results[0];
  }

  it('given the example of the contract, then its message is ASCII', () => {
    const message = envelope({
      type: 'ORDER_CREATED',
      order_id: ORDER_ID,
      payload: { ...orderSnapshot, customer_id: 'é' },
    });
    expect(toMessageBody(message)).to.contain(String.raw`"customer_id":"\u00e9"`);
  });
});
