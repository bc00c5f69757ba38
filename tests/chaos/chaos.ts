import { setTimeout as delay } from 'node:timers/promises';
import { Pool } from 'pg';
import { buildIfNeeded } from '../../scripts/system/preparation/build';
import { readSettings } from '../../scripts/system/settings';
import { deadLetterBreaches } from './dead-letters';
import { deadlocks } from './deadlocks';
import { boundOf, lateEnds } from './end-in-time';
import { hindrance } from './faults';
import { countFulfilled } from './fulfilment';
import { newHistory, type Breach, type History } from './history';
import { PROJECT } from '../support/production-stack/instance';
import { type Databases } from './databases';
import { findBreaches, unrest } from './invariants';
import { CLIENTS, startLoad } from './load';
import { type MachineFigures, observeMachine } from './machine';
import { type ChaosOptions } from './options';
import { viewQueues, type QueueView } from './queues';
import { seededRandom } from './random';
import { untilCaughtUp } from './readers/catch-up';
import { figuresOf, type ReaderFigures } from './readers/figures';
import { readersDisagreeing } from './readers/readers-agree';
import { startReaders } from './readers/readers';
import { measureRecovery, type Recovery } from './recovery';
import { injectFaults, planFaults, type PastFault } from './schedule';
import { RESTOCKS_RETURNS, startStack, type Stack, VISIBILITY_TIMEOUT_SECONDS } from './stack';
import { createGoods } from './stock/goods';
import { startShopkeepers } from './stock/shopkeepers';
import { watchStock } from './stock/watch-stock';

export interface ChaosResult {
  options: ChaosOptions;
  faults: PastFault[];
  history: History;
  breaches: Breach[];
  recovery: Recovery;
  /** Accepted orders with exactly one shipment, both at an end. */
  fulfilled: number;
  /** Milliseconds from the last fault, or the last order, to rest. */
  settledAfter: number;
  deadLetters: number;
  readers: ReaderFigures[];
  /** From the first order to the last fault. */
  machine: MachineFigures;
  /** Where the logs are, when a promise was broken. */
  folder: string;
}

/** The run has stalled when nothing has changed for this long: longer than a lost lease and than a repair may take. */
const STALLED_AFTER_MS = 45_000;

/** With a guarantee broken on purpose nothing is repaired: only the leases of killed consumers have to end. */
const SABOTAGE_STALLED_AFTER_MS = (VISIBILITY_TIMEOUT_SECONDS + 3) * 1_000;

/** For how long after the last fault clients go on to repeat what they do not know: an API that stays away must not hold up the run. */
const REPEATS_FOR_MS = 120_000;

/** One run: load and faults side by side, then healing, rest, and the books compared. `say` gets a line now and then. */
export async function runChaos(options: ChaosOptions, say: (line: string) => void): Promise<ChaosResult> {
  await buildIfNeeded(readSettings(PROJECT));
  const stack = await startStack(options);
  const databases = {
    orders: openPool(stack.databases.orders),
    deliveries: openPool(stack.databases.deliveries),
  };
  const queues = viewQueues(stack.sqsEndpoint);
  let isClean = false;
  try {
    const result = await run(options, { stack, databases, queues, say });
    isClean = result.breaches.length === 0;
    return result;
  } finally {
    queues.close();
    await Promise.all(Object.values(databases).map((pool) => pool.end()));
    await stack.stop(options.keep || !isClean);
  }
}

interface Run {
  stack: Stack;
  databases: Databases;
  queues: QueueView;
  say: (line: string) => void;
}

async function run(options: ChaosOptions, { stack, databases, queues, say }: Run): Promise<ChaosResult> {
  const history = newHistory();
  const overMs = options.minutes * 60_000;
  const random = seededRandom(options.seed);
  const planned = planFaults(possible(options, stack, say), random);
  say(`${String(options.orders)} orders within ${String(options.minutes)} min; logs in ${stack.folder}/logs`);
  const readers = await startReaders(stack, options.orders);
  history.stock.goods.push(...(await createGoods(stack.apiUrl, CLIENTS, options.orders)));
  const machineFigures = observeMachine();
  const load = startLoad({
    apiUrl: stack.apiUrl,
    orders: options.orders,
    overMs,
    random: seededRandom(options.seed + 1),
    history,
    onPlaced: (order) => readers.orderPlaced(order),
  });
  const shopkeepers = startShopkeepers({
    apiUrl: stack.apiUrl,
    random: seededRandom(options.seed + 3),
    history: history.stock,
    breaches: history.breaches,
  });
  const watching = watchStock(databases.orders);
  const faults = await injectFaults({
    stack,
    planned,
    random,
    overMs,
    report({ kind, target, began, ended }) {
      say(
        `${kind} of ${target}, ${seconds(ended - began)}; ${String(history.successes.length)} orders taken`,
      );
    },
  });
  const machine = machineFigures();
  const healed = performance.now();
  stack.receiver.recover();
  say('all faults are healed; waiting for rest');
  const clients = [load, shopkeepers];
  const finished = Promise.all(clients.map((client) => client.finished));
  void load.finished.then(() => shopkeepers.close());
  await Promise.race([finished, delay(REPEATS_FOR_MS, undefined, { ref: false })]);
  for (const client of clients) client.giveUp();
  await finished;
  const stalledAfterMs = options.sabotage === null ? STALLED_AFTER_MS : SABOTAGE_STALLED_AFTER_MS;
  const isAtRest = await rest(databases, queues, stalledAfterMs, say);
  const settledAfter = performance.now() - healed;
  const seenOversold = await watching.stop();
  const logs = await untilCaughtUp(readers.all(), databases, stalledAfterMs);
  await readers.stop();
  const letters = await queues.deadLetters();
  return {
    options,
    faults,
    history,
    breaches: [
      ...history.breaches,
      ...seenOversold,
      ...(isAtRest ? [] : [{ invariant: 'I6 at rest nothing waits', what: 'rest never came', key: null }]),
      ...(await findBreaches(databases, history, RESTOCKS_RETURNS)),
      ...(await lateEnds(databases, faults, boundOf(options))),
      ...(await deadLetterBreaches(databases, letters)),
      ...readersDisagreeing(readers.all(), logs),
      ...crashes(stack),
      ...deadlocks(stack.folder),
    ],
    recovery: await measureRecovery(databases, faults, history.successes),
    fulfilled: await countFulfilled(databases, history),
    settledAfter,
    deadLetters: letters.length,
    readers: figuresOf(readers.all(), logs),
    machine,
    folder: stack.folder,
  };
}

function possible(options: ChaosOptions, stack: Stack, say: (line: string) => void) {
  return options.only.filter((kind) => {
    const reason = hindrance(kind, stack);
    if (reason !== null) say(`${kind} is left out: ${reason}`);
    return reason === null;
  });
}

/** Waits until every order has ended and nothing waits any more; false when nothing has moved for too long. */
async function rest(
  databases: Databases,
  queues: QueueView,
  stalledAfterMs: number,
  say: (line: string) => void,
): Promise<boolean> {
  let best = Number.POSITIVE_INFINITY;
  let bestAt = performance.now();
  while (performance.now() - bestAt < stalledAfterMs) {
    const { moving, waiting } = await unrest(databases);
    const left = moving + waiting + (await queues.depth());
    if (left === 0) return true;
    if (left < best) {
      if (Math.floor(left / 1_000) < Math.floor(best / 1_000))
        say(`${String(moving)} orders are on their way`);
      best = left;
      bestAt = performance.now();
    }
    await delay(250);
  }
  return false;
}

/** A service may be killed; it must never end by itself. */
function crashes({ instances }: Stack): Breach[] {
  return instances
    .filter((instance) => instance.crashes() > 0)
    .map(({ name, crashes: count }) => ({
      invariant: 'no service ends by itself',
      what: `${name} did, ${String(count())} times`,
      key: null,
    }));
}

function openPool(connectionString: string): Pool {
  const pool = new Pool({ connectionString, max: 2 });
  pool.on('error', () => undefined);
  return pool;
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
