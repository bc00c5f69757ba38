import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import sinon from 'sinon';
import { outbox } from '../../scripts/system/commands/outbox';
import { OperatorError } from '../../scripts/system/operator-error';
import { readSettings } from '../../scripts/system/settings';
import { eventually } from '../support/eventually';
import { addRefusedEvents } from '../support/refused-events';
import { countRows, rowsOf } from '../support/rows';
import { startServicePair, type ServicePair } from '../support/service-pair';

const ID = '0190a0a0-0000-7000-8000-00000000000a';

describe('outbox', () => {
  let pair: ServicePair;
  let folder: string;
  let orders: string;
  let deliveries: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'outbox-'));
    pair = await startServicePair();
    orders = pair.environment['ORDER_DATABASE_URL']!;
    deliveries = pair.environment['DELIVERY_DATABASE_URL']!;
  });
  after(async () => {
    await pair.stop();
    rmSync(folder, { recursive: true });
  });
  afterEach(async () => {
    sinon.restore();
    for (const url of [orders, deliveries]) await rowsOf(url, 'TRUNCATE outbox, events, dropped_events');
  });

  /** The output with the exit code, or the error message for the operator. */
  async function run(args: string, environment: Record<string, string | undefined> = {}) {
    const lines: string[] = [];
    const print = sinon.stub(console, 'log').callsFake((line: string) => void lines.push(line));
    const settings = readSettings(folder, {
      ORDER_SERVICE_PORT: pair.environment['ORDER_SERVICE_PORT'],
      DELIVERY_SERVICE_PORT: new URL(pair.deliveryUrl).port,
      ...environment,
    });
    const code = await outbox(settings, args.split(' ').filter(Boolean)).catch((error: unknown) => {
      if (error instanceof OperatorError) return error.message;
      throw error;
    });
    print.restore();
    return { code, lines };
  }

  const refused = (url: string) => countRows(url, 'outbox', 'attempts > 0');

  it('given no refused events, when it lists, then it says so for each service', async () => {
    expect(await run('list')).to.deep.equal({
      code: 0,
      lines: ['order-service: no refused events', '', 'delivery-service: no refused events'],
    });
    expect((await run('list delivery-service')).lines).to.deep.equal(['delivery-service: no refused events']);
  });

  it('given refused events of both services, when it lists, then each is shown with its id, next try and reason', async () => {
    const [id = ''] = await addRefusedEvents(orders, 1, { type: '\u001b[2J', reason: 'r'.repeat(200) });
    await addRefusedEvents(deliveries, 2);
    const { code, lines } = await run('list');
    expect(code).to.equal(0);
    const cells = lines.map((line) => line.split(/ {2,}/));
    expect(cells[0]).to.deep.equal(['order-service: 1 of 1 refused events']);
    expect(cells[1]).to.deep.equal([
      'EVENT',
      'ORDER',
      'TYPE',
      'QUEUE',
      'TRIES',
      'NEXT TRY',
      'HELD',
      'REASON',
    ]);
    expect(cells[2]).to.have.length(8).and.to.include.members([id, '?[2J', 'orders-queue.fifo', '3', '0']);
    expect(cells[2]![5]).to.match(/^in (59|60) min$/);
    expect(cells[2]![7]).to.equal(`${'r'.repeat(99)}…`);
    expect(cells.slice(3).map(({ length }) => length)).to.deep.equal([1, 1, 8, 8, 8]);
    expect(lines.slice(3, 5)).to.deep.equal(['', 'delivery-service: 2 of 2 refused events']);
  });

  it('given more refused events than one table has, then all are counted', async () => {
    await addRefusedEvents(orders, 230);
    const { lines } = await run('list order-service');
    expect([lines[0], lines.length]).to.deep.equal(['order-service: 100 of 230 refused events', 102]);
  });

  it('given ids without a service, when they are dropped, then each service drops its own, and what is left over is reported', async () => {
    const [first = ''] = await addRefusedEvents(orders, 2);
    const [second = ''] = await addRefusedEvents(deliveries, 2);
    expect(await run(`drop ${first.toUpperCase()} ${second} ${first}`)).to.deep.equal({
      code: 0,
      lines: ['  order-service     1 dropped', '  delivery-service  1 dropped'],
    });
    expect(await run(`drop order-service ${first} ${randomUUID()}`)).to.deep.equal({
      code: 1,
      lines: [
        '  order-service     0 dropped',
        '  skipped           2: not refused, or being sent at this moment',
      ],
    });
    expect([await refused(orders), await refused(deliveries)]).to.deep.equal([1, 1]);
    expect((await run('drop --all')).code).to.equal(0);
    expect([await refused(orders), await refused(deliveries)]).to.deep.equal([0, 0]);
  });

  it('given more ids than a request takes, then all are dropped', async () => {
    const ids = await addRefusedEvents(orders, 250);
    expect((await run(`drop order-service ${ids.join(' ')}`)).lines).to.deep.equal([
      '  order-service     250 dropped',
    ]);
  });

  it('given a removed cause, when one and then all are retried, then these are sent', async () => {
    const [first] = await addRefusedEvents(orders, 3);
    expect((await run(`retry ${first}`)).lines).to.deep.equal([
      '  order-service     1 to be sent again now',
      '  delivery-service  0 to be sent again now',
    ]);
    await eventually(async () => expect(await refused(orders)).to.equal(2));
    expect((await run('retry order-service')).lines).to.deep.equal([
      '  order-service     2 to be sent again now',
    ]);
    await eventually(async () => expect(await refused(orders)).to.equal(0));
  });

  for (const [args, message] of [
    ['', 'Usage: outbox list|retry|drop [order-service|delivery-service] [EVENT_ID…] [--all]'],
    ['drop', 'drop needs event ids, or --all to drop every refused event.'],
    ['drop order-service', 'drop needs event ids, or --all to drop every refused event.'],
    [`drop ${ID} --all`, 'Give either event ids or --all.'],
    [`list ${ID}`, 'list takes no arguments other than a service.'],
    ['list --all', 'list takes no arguments other than a service.'],
    [
      'retry orders',
      '"orders" is neither a service nor an event id; the services are order-service and delivery-service.',
    ],
    ['drop order-service 7', '"7" is not an event id; list shows the ids.'],
  ] as const) {
    it(`given "${args}", then one line describes the mistake`, async () => {
      expect((await run(args)).code).to.equal(message);
    });
  }

  it('given a client without the scope, a service that is down, or no URL of it, then one line reports it', async () => {
    expect((await run('list', { CLIENT_ID: 'demo-client' })).code).to.equal(
      'The Order Service refused the request: insufficient_scope, this requires the scope ops:manage.',
    );
    const down = { DELIVERY_SERVICE_PORT: '2' };
    expect(await run('list', down)).to.deep.equal({
      code: 'The Delivery Service of this copy cannot be used: does not answer at http://127.0.0.1:2.',
      lines: ['order-service: no refused events', ''],
    });
    expect((await run('list order-service', down)).code).to.equal(0);
    const elsewhere = { ORDER_SERVICE_URL: pair.orderUrl };
    expect((await run('list delivery-service', elsewhere)).code).to.match(/^Set DELIVERY_SERVICE_URL to/);
    const both = { ...elsewhere, DELIVERY_SERVICE_URL: pair.deliveryUrl };
    expect((await run('list delivery-service', both)).code).to.equal(0);
  });
});
