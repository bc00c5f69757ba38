import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { apiClient } from '../../support/api-client';
import { fillDatabases } from '../../support/upgrade/fill-databases';
import { previousRelease } from '../../support/upgrade/previous-release';
import {
  type Environment,
  migrateBoth,
  presentRelease,
  type Release,
  type RunningRelease,
  startRelease,
  startTask,
} from '../../support/upgrade/release';
import {
  AT_REST_WITHIN_MS,
  expectNothingLost,
  expectQuietLog,
  releaseHeldBack,
  untilAtRest,
} from '../../support/upgrade/upgrade-checks';
import { startUpgradeLoad, type KnownOrder, type UpgradeLoad } from '../../support/upgrade/upgrade-load';
import { databasesOf, upgradeEnvironment } from '../../support/upgrade/upgrade-scene';
import {
  expectStockSettled,
  productBodyOf,
  stockProducts,
  unitsHeld,
} from '../../support/upgrade/upgrade-stock';

const ORDERS = 400;
/** No queue server listens here. */
const NOWHERE = 'http://127.0.0.1:9';

describe('return to the previous release', function () {
  this.timeout(2 * AT_REST_WITHIN_MS + 120_000);
  let previous: Release;
  const running: RunningRelease[] = [];

  before(async function () {
    previous = await previousRelease(this);
  });
  after(() => Promise.all(running.map((release) => release.stop('SIGKILL'))));

  it('given orders and stock of the present release, some with events that were not sent, when the previous release serves alone, then each order ends once, and the present release settles the stock', async () => {
    const environment = await upgradeEnvironment(previous);
    const [ordersUrl] = databasesOf(environment);
    const filled = await fillDatabases(environment, ORDERS);
    await migrateBoth(presentRelease, environment);
    const present = await start(presentRelease, environment);
    await stockProducts(present.url);
    const first = await place(present, 'present', filled.orders, productBodyOf);
    await present.stop();
    const cutOff = await start(presentRelease, { ...environment, SQS_ENDPOINT: NOWHERE });
    const second = await place(cutOff, 'cut-off', filled.orders, productBodyOf);
    await cutOff.stop();
    expect(await unitsHeld(ordersUrl)).to.be.above(0);

    const former = await start(previous, environment);
    // The previous release refuses a repeat of a request without prices.
    const third = await place(former, 'returned', filled.orders);
    await untilAtRest(environment, filled, AT_REST_WITHIN_MS);
    await releaseHeldBack(environment, filled, former);
    await untilAtRest(environment, { ...filled, refused: [], deadLetters: [] }, AT_REST_WITHIN_MS);
    await expectEventsOfOrders(former, [first, second, third]);
    await former.stop();
    expectQuietLog(former);

    expect(await unitsHeld(ordersUrl)).to.be.above(0);
    const again = await start(presentRelease, environment);
    const repair = await startTask(presentRelease, 'order-service/reconcile-stock', environment, [
      '--repair',
    ]);
    const { exitCode, output } = await repair.ended;
    expect(exitCode, output).to.equal(0);
    await expectNothingLost(
      environment,
      [first, second, third].map(({ history }) => history),
    );
    await expectStockSettled(again.url, environment);
  });

  async function start(release: Release, environment: Environment): Promise<RunningRelease> {
    const started = await startRelease(release, environment);
    running.push(started);
    return started;
  }
});

async function place(
  { url }: RunningRelease,
  prefix: string,
  known: readonly KnownOrder[],
  newBody?: (key: string) => object,
): Promise<UpgradeLoad> {
  const load = startUpgradeLoad({
    urls: [url],
    ordersPerSecond: 10,
    known,
    prefix,
    ...(newBody && { newBody }),
  });
  await delay(2_000);
  await load.stop();
  expect(load.faults.slice(0, 10), `${String(load.faults.length)} faults`).to.deep.equal([]);
  return load;
}

interface EventPage {
  data: { type: string; order_id: string }[];
  next_cursor: string;
  has_more: boolean;
}

/** The public events of the release are all those of orders, among them every order of the loads; events of products are left out. */
async function expectEventsOfOrders({ url }: RunningRelease, loads: readonly UpgradeLoad[]): Promise<void> {
  const api = await apiClient(url, 'demo-operator');
  const created = new Set<string>();
  for (let after = ''; ;) {
    const page = await api.get(`/events?limit=100${after && `&after=${encodeURIComponent(after)}`}`);
    expect(page.status, page.text).to.equal(200);
    const { data, next_cursor: next, has_more: hasMore } = page.body as EventPage;
    for (const { type, order_id: id } of data) {
      expect(type).to.match(/^order\./);
      if (type === 'order.created') created.add(id);
    }
    if (!hasMore) break;
    after = next;
  }
  const placed = loads.flatMap(({ history }) => [...history.orders.values()].map(({ orderId }) => orderId!));
  expect(placed.filter((id) => !created.has(id))).to.deep.equal([]);
}
