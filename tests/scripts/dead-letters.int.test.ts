import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import sinon from 'sinon';
import { readArguments } from '../../scripts/system/dead-letters/arguments';
import { deadLetters } from '../../scripts/system/commands/dead-letters';
import { OperatorError } from '../../scripts/system/operator-error';
import { readSettings } from '../../scripts/system/settings';
import { ORDERS_QUEUE } from '../../src/shared/contracts/queues';
import { eventually } from '../support/eventually';
import { startServicePair, type ServicePair } from '../support/service-pair';
import { testQueues, type TestQueues } from '../support/sqs-messages';

describe('dead-letters', () => {
  let pair: ServicePair;
  let queues: TestQueues;
  let folder: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'dead-letters-'));
    pair = await startServicePair();
    queues = testQueues(pair.environment);
  });
  after(async () => {
    queues.client.destroy();
    await pair.stop();
    rmSync(folder, { recursive: true });
  });
  afterEach(() => sinon.restore());

  /** The output with the exit code, or the error message for the operator. */
  async function run(args: string, environment: Record<string, string | undefined> = {}) {
    const lines: string[] = [];
    const print = sinon.stub(console, 'log').callsFake((line: string) => void lines.push(line));
    const port = pair.environment['ORDER_SERVICE_PORT'];
    const settings = readSettings(folder, { ORDER_SERVICE_PORT: port, ...environment });
    const code = await deadLetters(settings, args.split(' ').filter(Boolean)).catch((error: unknown) => {
      if (error instanceof OperatorError) return error.message;
      throw error;
    });
    print.restore();
    return { code, lines };
  }

  const poison = (group: string) => queues.send(ORDERS_QUEUE, group, 'no JSON');
  const listed = (groups: number) =>
    eventually(async () => {
      const { lines } = await run('list orders-queue');
      expect(lines.filter((line) => line.includes('not JSON'))).to.have.length(groups);
      return lines;
    });

  it('given no messages, when it lists, then both queues are shown as empty', async () => {
    const { code, lines } = await run('list');
    expect(code).to.equal(0);
    expect(lines.map((line) => line.split(/ {2,}/))).to.deep.equal([
      ['QUEUE', 'WAITING', 'IN FLIGHT', 'DELAYED', 'DEAD', 'OLDEST DEAD', 'OLDEST UNSENT'],
      ['orders-queue.fifo', '0', '0', '0', '0', '-', '-'],
      ['delivery-status-queue.fifo', '0', '0', '0', '0', '-', '-'],
    ]);
  });

  it('given dead letters, when one is dropped and the other redriven, then each is listed with its reason before and not after', async () => {
    await poison('g1');
    await poison('g2');
    const lines = await eventually(async () => {
      const both = await listed(2);
      // The count is read before the messages.
      expect(both).to.include('\norders-queue.fifo: 2 of 2 dead letters');
      return both;
    });
    const [id = ''] = lines.at(-1)!.split(' ');
    expect(await run(`drop orders-queue.fifo ${id}`)).to.deep.equal({
      code: 0,
      lines: ['  orders-queue.fifo           1 dropped, 0 failed, 0 skipped'],
    });
    expect((await run(`drop orders-queue.fifo ${id}`)).code, 'it was already dropped').to.equal(1);
    const redriven = await run('redrive');
    expect(redriven.code).to.equal(0);
    expect(redriven.lines[0]).to.contain('1 redriven, 0 failed, 0 skipped');
    expect(new Set(redriven.lines.map((line) => line.indexOf(' redriven')))).to.have.property('size', 1);
    await listed(1);
    expect((await run('drop orders-queue --all')).code).to.equal(0);
    await listed(0);
  });

  it('given terminal control characters, then they are printed as text', async () => {
    await queues.send('orders-dlq.fifo', 'g', JSON.stringify({ ...ENVELOPE, type: '\u001b[2J\u202e' }));
    const { lines } = await run('list orders-queue');
    expect(lines.join('\n')).to.contain('?[2J?');
    await run('drop --all');
  });

  for (const [args, message] of [
    ['', 'Usage: dead-letters list|redrive|drop [QUEUE] [ID…] [--all]'],
    ['drop', 'drop needs ids, or --all to delete every dead letter of the queue.'],
    ['drop orders-queue', 'drop needs ids, or --all to delete every dead letter of the queue.'],
    ['drop orders-queue a --all', 'Give either ids or --all.'],
    ['list orders-queue a', 'list takes no arguments other than a queue.'],
    [
      'redrive nothing',
      'There is no queue "nothing"; there are orders-queue.fifo and delivery-status-queue.fifo.',
    ],
  ] as const) {
    it(`given "${args}", then one line describes the mistake`, async () => {
      expect((await run(args)).code).to.equal(message);
    });
  }

  it('given an unknown option, a wrong secret, a client without the scope, or no service, then one line reports it', async () => {
    expect(() => readArguments(['drop', 'orders-queue', ''])).to.throw('An id is empty; list shows the ids.');
    expect((await run('list --now')).code).to.match(/^dead-letters does not know "--now"\. Usage/);
    expect((await run('list', { CLIENT_SECRET: 'wrong-secret' })).code).to.equal(
      'no access token for demo-operator: invalid_client: set CLIENT_ID and CLIENT_SECRET.',
    );
    expect((await run('list', { CLIENT_ID: 'demo-client' })).code).to.equal(
      'The Order Service refused the request: insufficient_scope, this requires the scope ops:manage.',
    );
    expect((await run('list', { ORDER_SERVICE_URL: 'http://127.0.0.1:2' })).code).to.equal(
      'The Order Service does not answer at http://127.0.0.1:2.',
    );
    for (const url of ['nonsense', 'http://127.0.0.1:6000'])
      expect((await run('list', { ORDER_SERVICE_URL: url })).code).to.equal('These settings are invalid:');
    expect((await run('list orders-queue', { ORDER_SERVICE_URL: `${pair.orderUrl}/` })).code).to.equal(0);
  });
});

const ENVELOPE = {
  id: '0190a0a0-0000-7000-8000-000000000001',
  schema_version: 1,
  order_id: '0190a0a0-0000-7000-8000-000000000002',
  version: 1,
  occurred_at: '2026-01-02T03:04:05.000Z',
  correlation_id: 'test',
  traceparent: 'none',
  payload: {},
};
