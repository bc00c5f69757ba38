import { UNAVAILABLE, VALIDATION_FAILED } from '../../../src/shared/contracts/problem';
import { expect } from 'chai';
import fc from 'fast-check';
import { CORRELATION_ID_PATTERN, text, uuid } from '../../../src/shared/contracts/text';
import {
  orderCreated,
  orderItem,
  orderSnapshot,
  shipmentMessage,
} from '../../../src/shared/contracts/messages';
import { AppError, IllegalTransitionError, messageOf } from '../../../src/shared/errors';
import { parseMessageBody, toMessageBody } from '../../../src/shared/queue/message-body';
import { envelope, orderSnapshot as snapshot, statusPayload } from '../../support/messages';

const ORDER_ID = '0190a0a0-0000-7000-8000-00000000000a';

describe('text', () => {
  const name = text(1, 5);

  it('given any text, when it is checked, then it is accepted unchanged if it has a valid length and every store can hold it', () => {
    const anyText = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom('a', '\0', '\ud800') }),
    );
    fc.assert(
      fc.property(anyText, (value) => {
        const fits = [...value].length >= 1 && [...value].length <= 5;
        const isStorable = !value.includes('\0') && Buffer.from(value, 'utf8').toString('utf8') === value;
        const { success, data } = name.safeParse(value);
        expect([success, data]).to.deep.equal(fits && isStorable ? [true, value] : [false, undefined]);
      }),
    );
  });
});

describe('ids', () => {
  it('given a UUID of any version in any case, when it is read, then the result is in lower case', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.boolean(), (id, isUpper) => {
        expect(uuid.parse(isUpper ? id.toUpperCase() : id)).to.equal(id);
      }),
    );
    for (const wrong of ['', '1', `${ORDER_ID}0`, `{${ORDER_ID}}`, ORDER_ID.replace('a', 'g')])
      expect(uuid.safeParse(wrong).success, wrong).to.equal(false);
  });

  it('given a correlation id, when it could break a log line or a header, then it is not well-formed', () => {
    for (const good of ['a', 'A-1_b.c:d', 'x'.repeat(128)]) expect(good).to.match(CORRELATION_ID_PATTERN);
    for (const bad of ['', 'a b', 'a\n', 'a\r\nb', 'é', 'a"', 'x'.repeat(129)])
      expect(bad).not.to.match(CORRELATION_ID_PATTERN);
  });
});

describe('messages', () => {
  it('given any JSON payload, when it is sent in a body, then it arrives unchanged and SQS accepts it', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (payload) => {
        const body = toMessageBody(envelope({ type: 'T', order_id: ORDER_ID, payload }));
        expect(parseMessageBody(body).payload).to.deep.equal(JSON.parse(JSON.stringify(payload)));
        // The characters that SendMessage accepts: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
        expect(body).to.match(/^[\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]*$/u);
      }),
    );
  });

  it('given an envelope without one of its members, when it is read, then it is refused', () => {
    const whole = envelope({ type: 'ORDER_CREATED', order_id: ORDER_ID, payload: snapshot });
    expect(orderCreated.safeParse(whole).success).to.equal(true);
    for (const member of Object.keys(whole)) {
      const rest = Object.fromEntries(Object.entries(whole).filter(([key]) => key !== member));
      expect(orderCreated.safeParse(rest).success, member).to.equal(false);
    }
    expect(orderCreated.safeParse({ ...whole, type: 'ORDER_CANCEL_REQUESTED' }).success).to.equal(false);
    expect(orderCreated.safeParse({ ...whole, schema_version: 2 }).success).to.equal(false);
  });

  it('given the limits of an order, then a message at the limit is accepted and a message beyond it is refused', () => {
    const item = { product_id: 'p', quantity: 1, unit_price: 1 };
    for (const good of [{ quantity: 10_000 }, { product_id: 'x'.repeat(100) }])
      expect(orderItem.safeParse({ ...item, ...good }).success, JSON.stringify(good)).to.equal(true);
    for (const bad of [
      { quantity: 0 },
      { quantity: 10_001 },
      { quantity: 1.5 },
      { unit_price: 0 },
      { product_id: '' },
    ])
      expect(orderItem.safeParse({ ...item, ...bad }).success, JSON.stringify(bad)).to.equal(false);
    const withItems = (count: number) => ({ ...snapshot, items: Array(count).fill(item) as unknown[] });
    expect([0, 1, 100, 101].map((count) => orderSnapshot.safeParse(withItems(count)).success)).to.deep.equal([
      false,
      true,
      true,
      false,
    ]);
  });

  it('given a shipment message, when its type or status is unknown, then it is refused', () => {
    const read = (type: string, status: string) =>
      shipmentMessage.safeParse(
        envelope({ type, order_id: ORDER_ID, payload: statusPayload(status, ORDER_ID) }),
      ).success;
    expect(read('SHIPMENT_STATUS_CHANGED', 'SHIPPED')).to.equal(true);
    expect(read('SHIPMENT_STATUS_CHANGED', 'LOST')).to.equal(false);
    expect(read('SHIPMENT_LOST', 'SHIPPED')).to.equal(false);
  });
});

describe('errors', () => {
  it('given kinds of errors, then only unavailable is worth a retry of the same request', () => {
    const [away, wrong] = [new AppError(UNAVAILABLE, 'away'), new AppError(VALIDATION_FAILED, 'wrong')];
    expect([away.retryable, away.retryAfterSeconds, away.code]).to.deep.equal([true, 1, 'unavailable']);
    expect([wrong.retryable, wrong.retryAfterSeconds]).to.deep.equal([false, undefined]);
  });

  it('given an illegal step, when it is refused, then the error names the allowed steps, or that the status is final', () => {
    const error = new IllegalTransitionError('SHIPPED', 'CANCELLED', ['IN_TRANSIT']);
    expect([error.kind, error.code]).to.deep.equal(['conflict', 'illegal_transition']);
    expect(error.message).to.equal('SHIPPED cannot become CANCELLED; allowed from SHIPPED: IN_TRANSIT');
    expect(new IllegalTransitionError('DELIVERED', 'SHIPPED', []).message).to.contain('DELIVERED is final');
  });

  it('given any thrown value, then it has a message', () => {
    expect([new Error('a'), new TypeError(), 'b', null].map(messageOf)).to.deep.equal([
      'a',
      'TypeError',
      'b',
      'null',
    ]);
  });
});
