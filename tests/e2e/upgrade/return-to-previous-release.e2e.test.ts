import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { DELIVERY_STATUS_QUEUE, ORDERS_QUEUE } from '../../../src/shared/contracts/queues';
import { countRows, rowsOf } from '../../support/rows';
import { fillDatabases } from '../../support/upgrade/fill-databases';
import { previousRelease } from '../../support/upgrade/previous-release';
import {
  type Environment,
  migrateBoth,
  presentRelease,
  type Release,
  type RunningRelease,
  startRelease,
} from '../../support/upgrade/release';
import {
  AT_REST_WITHIN_MS,
  expectNothingLost,
  expectQuietLog,
  releaseHeldBack,
  untilAtRest,
} from '../../support/upgrade/upgrade-checks';
import {
  knownOrders,
  startUpgradeLoad,
  type KnownOrder,
  type UpgradeLoad,
} from '../../support/upgrade/upgrade-load';
import { databasesOf, upgradeEnvironment } from '../../support/upgrade/upgrade-scene';

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

  it('given orders of the present release, some with events that only its outbox holds, when the previous release serves alone again, then each order ends once', async () => {
    const environment = await upgradeEnvironment(previous);
    const filled = await fillDatabases(environment, ORDERS);
    await migrateBoth(presentRelease, environment);
    const present = await start(presentRelease, environment);
    const first = await place(present, 'present', filled.orders);
    await present.stop();
    const cutOff = await start(presentRelease, { ...environment, SQS_ENDPOINT: NOWHERE });
    const second = await place(cutOff, 'cut-off', filled.orders);
    await cutOff.stop();

    await returnOutboxes(environment);
    const former = await start(previous, environment);
    const known = [...filled.orders, ...knownOrders(first), ...knownOrders(second)];
    const third = await place(former, 'returned', known);
    await untilAtRest(environment, filled, AT_REST_WITHIN_MS);
    await releaseHeldBack(environment, filled, former, 'events');
    await untilAtRest(environment, { ...filled, refused: [], deadLetters: [] }, AT_REST_WITHIN_MS);

    await expectNothingLost(
      environment,
      [first, second, third].map(({ history }) => history),
      false,
    );
    expectQuietLog(former);
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
): Promise<UpgradeLoad> {
  const load = startUpgradeLoad({ urls: [url], ordersPerSecond: 10, known, prefix });
  await delay(2_000);
  await load.stop();
  expect(load.faults.slice(0, 10), `${String(load.faults.length)} faults`).to.deep.equal([]);
  return load;
}

/** As an operator does when every process of the present release has stopped. */
async function returnOutboxes(environment: Environment): Promise<void> {
  const queues = [ORDERS_QUEUE, DELIVERY_STATUS_QUEUE];
  for (const [index, url] of databasesOf(environment).entries()) {
    const waiting = await countRows(url, 'outbox', 'NOT is_shared');
    expect(waiting, 'events that the previous release cannot see').to.be.above(0);
    const sql = 'SELECT return_outbox_to_previous_version($1) AS returned';
    const [row] = await rowsOf<{ returned: string }>(url, sql, [queues[index]]);
    expect(row?.returned).to.equal(String(waiting));
  }
}
