import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { comparePublicEvents } from '../../support/public-events-agree';
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
import { knownOrders, startUpgradeLoad, type UpgradeLoad } from '../../support/upgrade/upgrade-load';
import { backlogOf, databasesOf, upgradeEnvironment } from '../../support/upgrade/upgrade-scene';
import { expectStockSettled, productBodyOf, stockProducts } from '../../support/upgrade/upgrade-stock';

const ORDERS = 10_000;
/** How long both releases serve side by side, in seconds. */
const SECONDS = Number(process.env['UPGRADE_SECONDS'] ?? '20');
/** How long the previous release serves before the migrations, with the backlog of the filled databases, in seconds. */
const SECONDS_BEFORE = 2;
/** How long products are sold after the roll-out, in seconds. */
const SECONDS_OF_SALE = 4;
/** Both releases as processes; the reconciler does not repair anything. */
describe('upgrade from the previous release', function () {
  this.timeout(2 * AT_REST_WITHIN_MS + SECONDS * 1_000);
  let previous: Release;
  const running: RunningRelease[] = [];

  before(async function () {
    previous = await previousRelease(this);
  });
  after(() => Promise.all(running.map((release) => release.stop('SIGKILL'))));

  it(`given ${String(ORDERS)} orders, many of their events waiting, when both databases are migrated under load, both releases serve, and products are sold afterwards, then nothing is lost or doubled`, async () => {
    const environment = await upgradeEnvironment(previous, { RETURNS_RESTOCK: 'true' });
    const before = await start(previous, environment);
    const early = await placeEarly(before);
    const filled = await fillDatabases(environment, ORDERS);
    const known = [...knownOrders(early), ...filled.orders];
    const load = startUpgradeLoad({ urls: [before.url], ordersPerSecond: 5, known, prefix: 'upgrade' });
    await delay(SECONDS_BEFORE * 1_000);
    const { sent, waiting } = await backlogOf(environment);
    expect(waiting / sent, 'share of the events that wait').to.be.above(0.1);
    expect(await migrateBoth(presentRelease, environment)).to.contain('0021_catalogue');
    const after = await start(presentRelease, environment);
    load.serveFrom([before.url, after.url]);
    await delay(SECONDS * 1_000);
    load.serveFrom([after.url]);
    await load.untilAnswered(before.url);
    await before.stop();
    await stockProducts(after.url);
    const sale = startUpgradeLoad({
      ...{ urls: [after.url], ordersPerSecond: 10, known, prefix: 'sale', newBody: productBodyOf },
    });
    await delay(SECONDS_OF_SALE * 1_000);
    await load.stop();
    await sale.stop();

    for (const { faults } of [load, sale])
      expect(faults.slice(0, 10), `${String(faults.length)} faults`).to.deep.equal([]);
    await untilAtRest(environment, filled, AT_REST_WITHIN_MS);
    await releaseHeldBack(environment, filled, after);
    await untilAtRest(environment, { ...filled, refused: [], deadLetters: [] }, AT_REST_WITHIN_MS);
    await expectNothingLost(environment, [early.history, load.history, sale.history]);
    await expectStockSettled(after.url, environment);
    const { events, differences } = await comparePublicEvents(databasesOf(environment)[0]);
    expect(differences.slice(0, 5)).to.deep.equal([]);
    expect(events).to.be.above(load.history.orders.size);
    [before, after].forEach(expectQuietLog);
  });

  async function start(release: Release, environment: Environment): Promise<RunningRelease> {
    const started = await startRelease(release, environment);
    running.push(started);
    return started;
  }
});

/** Orders that the previous release itself has written. */
async function placeEarly({ url }: RunningRelease): Promise<UpgradeLoad> {
  const early = startUpgradeLoad({ urls: [url], ordersPerSecond: 20, known: [], prefix: 'early' });
  await delay(2_000);
  await early.stop();
  expect(early.faults).to.deep.equal([]);
  return early;
}
