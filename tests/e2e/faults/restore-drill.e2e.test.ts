import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { apiClient, type ApiClient, type ApiResponse } from '../../support/api-client';
import { builtProgram } from '../../support/built-program';
import { backUp, hasPgDump } from '../../support/database-backup';
import { SHORT_LEASES, testEnvironment } from '../../support/environment';
import { expectEqualBooks, readBooks } from '../../support/equal-books';
import { eventually } from '../../support/eventually';
import { orderBody } from '../../support/factories';
import { countRows, rowsOf } from '../../support/rows';
import { serviceProcess, type ServiceProcess } from '../../support/service-process';

/** How many clients place orders at a time. */
const CLIENTS = 4;

const run = promisify(execFile);
const ROOT = join(__dirname, '..', '..', '..');
const DOCUMENT = readFileSync(join(ROOT, 'docs', 'BACKUP_AND_RESTORE.md'), 'utf8');
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};
const AFTER_RESTORE = scripts['after-restore'] ?? '';

/** Real processes, killed in the middle of their work; the databases come back from different moments. */
describe('the restore drill', function () {
  this.timeout(180_000);
  let environment: Record<string, string>;
  let orders: ServiceProcess;
  let delivery: ServiceProcess;
  let folder: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'restore-drill-'));
    environment = await testEnvironment({
      ...SHORT_LEASES,
      SIMULATED_STEP_MS: '250',
      SIMULATED_FAILURE_RATE: '0.3',
      RECONCILE_AFTER_SECONDS: '1',
      LOG_LEVEL: 'error',
    });
    delivery = await serviceProcess('delivery-service', environment);
    environment['DELIVERY_SERVICE_URL'] = delivery.url;
    orders = await serviceProcess('order-service', environment);
    environment['ORDER_SERVICE_URL'] = orders.url;
    await startBoth();
  });
  after(async () => {
    await Promise.all([orders.kill('SIGKILL'), delivery.kill('SIGKILL')]);
    rmSync(folder, { recursive: true, force: true });
  });

  it('given deliveries that are older than the orders, then every order ends as its shipment does, and nothing is left over that was not being cancelled', async () => {
    const load = startLoad();
    await untilPlaced(30);
    const backup = await backUp(environment['DELIVERY_DATABASE_URL']!);
    await untilPlaced(50);
    await crashBoth();
    await backup.restore();
    await afterRestore();
    await startBoth();
    await killAndStart(orders);
    const placed = await load.end();
    await untilBooksAreEqual();
    const books = await readBooks(environment);
    expect([...books.orders.keys()], 'no order is lost').to.include.members(placed.map(({ id }) => id));
    expect([...books.shipments.keys()], 'each has one shipment').to.have.members([...books.orders.keys()]);
    const cancelled = placed.filter(({ isCancelled }) => isCancelled).map(({ id }) => id);
    const leftOver = [...books.findings.keys()].filter((id) => !cancelled.includes(id));
    expect(leftOver, 'only a cancellation that was under way can be in doubt').to.deep.equal([]);
    expect(await deadLetters()).to.equal(0);
  });

  it('given orders that are older than the deliveries, then what is known ends equally, and what is not is reported', async () => {
    const load = startLoad();
    await untilPlaced(30);
    const backup = await backUpAsDocumented('ORDER_DATABASE_URL');
    await untilPlaced(50);
    await crashBoth();
    await backup.restore();
    await afterRestore();
    await startBoth();
    await killAndStart(delivery);
    const lost = await ordersThatAreGone(await load.end());
    expect(lost).to.not.deep.equal([]);
    const repeated = await place(await apiClient(orders.url, 'demo-client'), lost[0]!);
    expect(repeated.id, 'the idempotency record is lost too').to.not.equal(lost[0]!.id);
    await untilBooksAreEqual();
    const { orders: known, shipments, findings } = await readBooks(environment);
    const moving = lost.filter(({ id }) => (shipments.get(id)?.status ?? 'CANCELLED') !== 'CANCELLED');
    expect([...findings.keys()]).to.include.members(moving.map(({ id }) => id));
    const held = await heldOrders();
    expect(
      held.filter((id) => known.has(id)),
      'only shipments of unknown orders are held',
    ).to.deep.equal([]);
    expect(await deadLetters()).to.equal(0);
  });

  interface Placed {
    id: string;
    key: string;
    body: unknown;
    isCancelled?: boolean;
  }

  /** Clients that place one order after the other, and cancel every fourth, until they are to end; then what was answered 201. */
  function startLoad(): { end(): Promise<Placed[]> } {
    const placed: Placed[] = [];
    let isEnding = false;
    const clients = Array.from({ length: CLIENTS }, async () => {
      const client = await apiClient(orders.url, 'demo-client');
      for (let count = 1; !isEnding; count += 1) {
        const order = { id: '', key: randomUUID(), body: orderBody() };
        placed.push(await place(client, order));
        if (count % 4 === 0) await cancel(client, placed.at(-1)!);
        await delay(100);
      }
    });
    return {
      async end() {
        isEnding = true;
        await Promise.all(clients);
        return placed;
      },
    };
  }

  /** Repeats under the key until it is answered. */
  async function place(client: ApiClient, order: Placed): Promise<Placed> {
    const { body } = await untilAnswered([201], () =>
      client.post('/orders', order.body, { 'Idempotency-Key': order.key }),
    );
    return { ...order, id: body.order_id as string };
  }

  /** Too late, or for an order that is gone, it is refused. */
  async function cancel(client: ApiClient, order: Placed): Promise<void> {
    order.isCancelled = true;
    await untilAnswered([202, 404, 409], () => client.post(`/orders/${order.id}/cancel`));
  }

  /** The services are away for a while. */
  async function untilAnswered(statuses: number[], ask: () => Promise<ApiResponse>): Promise<ApiResponse> {
    for (;;) {
      const answer = await ask().catch(() => null);
      if (answer && statuses.includes(answer.status)) return answer;
      await delay(300);
    }
  }

  /** So many more than when it is called. */
  async function untilPlaced(more: number): Promise<void> {
    const rows = () => countRows(environment['ORDER_DATABASE_URL']!, 'orders');
    const before = await rows();
    while ((await rows()) < before + more) await delay(25);
  }

  async function killAndStart(service: ServiceProcess): Promise<void> {
    await service.kill('SIGKILL');
    await service.start();
  }

  /** The clients go on trying. */
  async function crashBoth(): Promise<void> {
    await Promise.all([orders.kill('SIGKILL'), delivery.kill('SIGKILL')]);
  }

  async function startBoth(): Promise<void> {
    await Promise.all([orders.start(), delivery.start()]);
  }

  async function untilBooksAreEqual(): Promise<void> {
    await eventually(async () => {
      await delay(250);
      const fast = 'SELECT count(*)::int AS count FROM reconciliation_sweeps WHERE is_fast';
      expect(await rowsOf(environment['ORDER_DATABASE_URL']!, fast)).to.deep.equal([{ count: 0 }]);
      expectEqualBooks(await readBooks(environment));
    }, 90_000);
  }

  async function ordersThatAreGone(placed: readonly Placed[]): Promise<Placed[]> {
    const { orders: known } = await readBooks(environment);
    return placed.filter(({ id }) => !known.has(id));
  }

  async function heldOrders(): Promise<string[]> {
    const sql = 'SELECT order_id FROM shipments WHERE held_at IS NOT NULL';
    const rows = await rowsOf<{ order_id: string }>(environment['DELIVERY_DATABASE_URL']!, sql);
    return rows.map(({ order_id: id }) => id);
  }

  async function deadLetters(): Promise<number> {
    const operator = await apiClient(orders.url, 'demo-operator');
    const { data } = (await operator.get('/queues')).body;
    return data.reduce((sum: number, queue: { dead_letters: number }) => sum + queue.dead_letters, 0);
  }

  /** With the commands of the document where their programs are installed, else with COPY. */
  async function backUpAsDocumented(database: 'ORDER_DATABASE_URL'): Promise<{ restore(): Promise<void> }> {
    if (!(await hasPgDump())) return backUp(environment[database]!);
    await runDocumented('pg_dump', database);
    return { restore: () => runDocumented('pg_restore', database) };
  }

  async function runDocumented(program: string, database: string): Promise<void> {
    const commands = DOCUMENT.match(new RegExp(`^ *${program} .*\\$${database}.*$`, 'gm')) ?? [];
    expect(commands, `${program} for ${database}`).to.have.length(1);
    await run('bash', ['-ec', commands[0]!], { cwd: folder, env: { ...process.env, ...environment } });
  }

  /** `npm run after-restore`. */
  async function afterRestore(): Promise<void> {
    expect(DOCUMENT).to.include('npm run after-restore');
    const services = [...AFTER_RESTORE.matchAll(/dist\/([\w-]+\/after-restore)\.js/g)].map(
      ([, file]) => file!,
    );
    expect(services).to.deep.equal(['order-service/after-restore', 'delivery-service/after-restore']);
    const env = { ...process.env, ...environment };
    await Promise.all(
      services.map(async (service) =>
        run(process.execPath, [await builtProgram(service)], { cwd: ROOT, env }),
      ),
    );
  }
});
