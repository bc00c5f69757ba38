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
import { databasesOf, formerBacklog, upgradeEnvironment } from '../../support/upgrade/upgrade-scene';

const ORDERS = 10_000;
/** How long both releases serve side by side, in seconds. */
const SECONDS = Number(process.env['UPGRADE_SECONDS'] ?? '20');
/** How long the previous release serves before the migrations, with the backlog of the filled databases, in seconds. */
const SECONDS_BEFORE = 2;
/** The slowest request on a machine with time to spare, in milliseconds. */
const LIMIT_MS = 2_000;
/** Allowed slowdown while the machine is busy, in multiples of the usual duration; see `limitHere`. */
const FACTOR = 10;

/** Both releases as processes; the reconciler does not repair anything. */
describe('upgrade from the previous release', function () {
  this.timeout(2 * AT_REST_WITHIN_MS + SECONDS * 1_000);
  let previous: Release;
  const running: RunningRelease[] = [];

  before(async function () {
    previous = await previousRelease(this);
  });
  after(() => Promise.all(running.map((release) => release.stop('SIGKILL'))));

  it(`given ${String(ORDERS)} orders, many of their events waiting, when both databases are migrated under load and both releases serve, then nothing is lost or doubled`, async () => {
    const environment = await upgradeEnvironment(previous);
    const before = await start(previous, environment);
    const early = await placeEarly(before);
    const filled = await fillDatabases(environment, ORDERS);
    const known = [...knownOrders(early), ...filled.orders];
    const load = startUpgradeLoad({ urls: [before.url], ordersPerSecond: 5, known, prefix: 'upgrade' });
    await delay(SECONDS_BEFORE * 1_000);
    const usual = median(load.latencies);
    const { sent, waiting } = await formerBacklog(environment);
    expect(waiting / sent, 'share of the events that wait').to.be.above(0.1);
    const migrated = await migrateBoth(presentRelease, environment);
    expect(migrated).to.contain('waits for npm run migrate:after-deployment');
    const after = await start(presentRelease, environment);
    load.serveFrom([before.url, after.url]);
    await delay(SECONDS * 1_000);
    load.serveFrom([after.url]);
    await delay(LIMIT_MS);
    await before.stop();
    expect(await migrateBoth(presentRelease, environment, '--after-deployment')).to.contain('drop_former');
    await load.stop();

    expect(load.faults.slice(0, 10), `${String(load.faults.length)} faults`).to.deep.equal([]);
    expect(Math.max(...load.latencies)).to.be.below(LIMIT_MS + FACTOR * usual);
    await untilAtRest(environment, filled, AT_REST_WITHIN_MS);
    await releaseHeldBack(environment, filled, after, 'outbox');
    await untilAtRest(environment, { ...filled, refused: [], deadLetters: [] }, AT_REST_WITHIN_MS);
    await expectNothingLost(environment, [early.history, load.history]);
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

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
