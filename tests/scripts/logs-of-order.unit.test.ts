import { expect } from 'chai';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { linesOfOrder, readOrderId } from '../../scripts/system/logs/lines-of-order';
import { readOrder } from '../../scripts/system/logs/read-order';
import { readableLine } from '../../scripts/system/logs/readable-line';
import { scanLog } from '../../scripts/system/logs/scan-log';
import { UsageError } from '../../scripts/system/operator-error';

const ORDER = '0190a0a0-0000-7000-8000-000000000001';
const OTHER = '0190a0a0-0000-7000-8000-000000000002';
const SHIPMENT = '0190a0a0-0000-7000-8000-00000000000a';
const NO_RANGE = { tail: null, since: null };

const line = (message: string, fields: object, second = 0): string =>
  JSON.stringify({ message, ...fields, timestamp: new Date(second * 1_000).toISOString() });

describe('the id for logs --order', () => {
  it('given a UUID in upper or lower case, then it is accepted; given anything else, then it is refused', () => {
    expect([readOrderId(ORDER), readOrderId(ORDER.toUpperCase())]).to.deep.equal([ORDER, ORDER]);
    for (const text of ['', 'x', ORDER.slice(1), `${ORDER} `, `${ORDER}0`, `${ORDER}\n${ORDER}`, 'order-1'])
      expect(() => readOrderId(text), text).to.throw(UsageError, /^--order takes the id of an order, a UUID/);
  });
});

describe('the lines of an order', () => {
  let folder: string;
  const fileOf = (name: string) => join(folder, `${name}.log`);
  const write = (name: string, ...lines: string[]) =>
    writeFileSync(fileOf(name), lines.map((l) => `${l}\n`).join(''));
  const read = (range: { tail: number | null; since: number | null } = NO_RANGE) =>
    readOrder(
      ['order-service', 'delivery-service'].map((name) => ({ name, file: fileOf(name) })),
      linesOfOrder(ORDER),
      range,
    );
  const messages = (range?: typeof NO_RANGE) =>
    read(range).entries.map((entry) => (JSON.parse(entry.line) as { message: string }).message);
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'logs-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it('given logs of two services, then they are merged by time, and lines of other orders are left out', () => {
    write(
      'order-service',
      line('placed', { order_id: ORDER }, 1),
      line('other', { order_id: OTHER }, 2),
      line('applied', { order_id: ORDER }, 4),
      // Written late, with the time of the event.
      line('published', { order_id: ORDER }, 2),
    );
    write('delivery-service', line('received', { order_id: ORDER }, 3), line('unrelated', {}, 3));
    expect(messages()).to.deep.equal(['placed', 'published', 'received', 'applied']);
  });

  it('given lines that refer to the order only by a correlation id, then they are found, and no line of another order', () => {
    const request = { correlation_id: 'c-1', method: 'POST' };
    write(
      'order-service',
      line('token', { ...request, path: '/auth/token' }, 0),
      line('placed', { order_id: ORDER, correlation_id: 'c-1', shipment_id: SHIPMENT }, 1),
      line('placed too', { order_id: OTHER, correlation_id: 'c-1' }, 1),
      line('bulk request', { ...request, path: '/orders/bulk' }, 2),
      line('other request', { ...request, path: `/orders/${OTHER}` }, 2),
      line('other id', { correlation_id: 'c-10', path: '/orders' }, 2),
    );
    write(
      'delivery-service',
      line('its shipment', { ...request, path: `/shipments/${SHIPMENT}` }, 3),
      line('other shipment', { ...request, path: `/shipments/${OTHER}` }, 3),
      line('in its path', { correlation_id: 'c-2', path: `/x/${ORDER}` }, 4),
      `    at a stack that names ${ORDER}`,
    );
    const found = read().entries.map(
      (entry) => (/"message":"([^"]*)"/.exec(entry.line) ?? [null, entry.line])[1],
    );
    expect(found).to.have.members([
      'token',
      'placed',
      'bulk request',
      'its shipment',
      'in its path',
      `    at a stack that names ${ORDER}`,
    ]);
  });

  it('given a rotated log, then the previous file is read too', () => {
    write('order-service.log.1', 'never read');
    writeFileSync(
      `${fileOf('order-service')}.1`,
      `${line('placed', { order_id: ORDER, correlation_id: 'c' }, 1)}\n`,
    );
    write(
      'order-service',
      line('request', { correlation_id: 'c' }, 2),
      line('applied', { order_id: ORDER }, 3),
    );
    expect(messages()).to.deep.equal(['placed', 'request', 'applied']);
  });

  it('given a range, then tail counts the lines of the order, and since leaves out older ones', () => {
    write('order-service', ...[1, 3, 5].map((at) => line(`o${String(at)}`, { order_id: ORDER }, at)));
    write('delivery-service', ...[2, 4, 6].map((at) => line(`d${String(at)}`, { order_id: ORDER }, at)));
    expect(messages({ tail: 3, since: null } as never)).to.deep.equal(['d4', 'o5', 'd6']);
    expect(messages({ tail: null, since: 5_000 } as never)).to.deep.equal(['o5', 'd6']);
    expect(read({ tail: 0, since: null })).to.include({ found: 6, recent: 6 });
    expect(read({ tail: null, since: 9_000 })).to.include({ found: 6, recent: 0 });
  });

  it('given no logs, or no line that names the order, then nothing is found', () => {
    expect(read()).to.include({ found: 0 });
    write('order-service', line('other', { order_id: OTHER, correlation_id: 'c-1' }));
    expect(read()).to.include({ found: 0 });
  });

  it('given a log of any length, then every complete line is read once, and the position is after the last one', () => {
    const lengths = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 400_000 })), { maxLength: 12 });
    fc.assert(
      fc.property(lengths, fc.string({ unit: 'grapheme' }), (lines, end) => {
        const written = lines.map(([isOurs, length], index) =>
          isOurs ? `${'ä'.repeat(length)} ${ORDER} ${String(index)}` : 'x'.repeat(length),
        );
        write('order-service', ...written);
        const whole = written
          .map((text) => Buffer.byteLength(text) + 1)
          .reduce((sum, bytes) => sum + bytes, 0);
        appendFileSync(fileOf('order-service'), end.replaceAll('\n', ''));
        const found: string[] = [];
        const position = scanLog(
          fileOf('order-service'),
          () => [ORDER],
          (text) => found.push(text),
        );
        expect(position).to.equal(whole);
        expect(found).to.deep.equal(written.filter((_, index) => lines[index]![0]));
      }),
      { numRuns: 30 },
    );
  });

  it('given a printed line, then it has milliseconds, and the id of the requested order is omitted', () => {
    const timestamp = new Date(2026, 0, 2, 3, 4, 5, 6).toISOString();
    const entry = { level: 'info', message: 'order placed', order_id: ORDER, version: 1, timestamp };
    expect(readableLine(JSON.stringify(entry), ORDER)).to.equal('03:04:05.006 INFO  order placed version=1');
    expect(readableLine(JSON.stringify(entry), OTHER)).to.contain(`order_id=${ORDER}`);
  });
});
