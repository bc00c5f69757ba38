import { expect } from 'chai';
import { decodeCursor, encodeCursor } from '../../src/order-service/orders/use-cases/list-cursor';
import { thrownBy } from '../support/thrown-by';

const LIST = ['client', {}, { column: 'created_at', descending: true }];
const faultOf = (cursor: string): Promise<unknown> =>
  thrownBy(Promise.resolve().then(() => decodeCursor('secret', LIST, cursor)));
const ORDER_ID = '0190a0a0-0000-7000-8000-000000000001';

describe('the cursor of a list', () => {
  it('given the positions that a list has, then each comes back from its cursor', () => {
    for (const value of ['2026-01-02T03:04:05.678901Z', '9007199254740991', '70368744177663.99', '0.001']) {
      const position = { value, orderId: ORDER_ID };
      expect(decodeCursor('secret', LIST, encodeCursor('secret', LIST, position))).to.deep.equal(position);
    }
  });

  it('given a signed cursor with another content, as another version could have made it, then it is invalid', async () => {
    for (const [value, orderId] of [
      ['yesterday', ORDER_ID],
      ['1e5', ORDER_ID],
      ['10000-01-01T00:00:00.000000Z', ORDER_ID],
      ['', ORDER_ID],
      ['1', 'not-an-id'],
    ] as const) {
      const cursor = encodeCursor('secret', LIST, { value, orderId });
      expect(await faultOf(cursor), value).to.include({
        code: 'invalid_cursor',
      });
    }
  });

  it('given an altered cursor, or any other text, then it is invalid', async () => {
    const cursor = encodeCursor('secret', LIST, { value: '1', orderId: ORDER_ID });
    for (const text of ['', '.', cursor.slice(1), `${cursor}x`, cursor.replace('.', ''), 'null.null'])
      expect(await faultOf(text), text).to.include({
        code: 'invalid_cursor',
      });
  });
});
