import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { groupBy } from '../../src/shared/group-by';
import { type ChaosResult } from './chaos';
import { gitCommit } from '../support/git-commit';
import { type Call } from './history';
import { PROJECT } from '../support/production-stack/instance';
import { spreadOf, type Spread } from './recovery';
import { NEVER_OVERSOLD } from './stock/stock-invariants';

const SHOWN_BREACHES = 10;

/** What a person reads at the end of a run. */
export function summaryOf(result: ChaosResult): string {
  const { options, history, faults, breaches, recovery, machine } = result;
  const orders = [...history.orders.values()];
  const calls = orders.flatMap((order) => order.calls);
  const count = (outcome: string): number => calls.filter((call) => call.outcome === outcome).length;
  const accepted = orders.filter((order) => order.orderId !== null).length;
  const { goods, adjustments, reservations, refusals } = history.stock;
  return [
    '',
    `seed ${String(options.seed)}: ${String(orders.length)} orders, ${String(accepted)} accepted, ${String(result.fulfilled)} delivered or at another end once, ${String(orders.filter((order) => order.abandoned).length)} given up without an answer`,
    `${String(calls.length)} calls: ${String(count('ok'))} ok, ${String(count('unknown'))} unknown, ${String(count('refused'))} without stock, ${String(count('fail'))} refused`,
    `unknown, because of: ${answersOf(calls)}`,
    `${String(goods.length)} products with limited stock: ${String(adjustments.length)} adjustments, ${String(reservations.size)} reservations; refused: ${countsOf(refusals)}`,
    `lost ${String(lost(result))}, doubled ${String(doubled(result))}, oversold ${String(oversold(result))}, dead letters ${String(result.deadLetters)}, at rest ${seconds(result.settledAfter)} after the last fault`,
    `machine: load average ${machine.load.toFixed(1)} on ${String(machine.cores)} cores; the harness was late by ${String(machine.lateP99)} ms (p99), ${String(machine.lateMax)} ms (max)`,
    '',
    row('fault', 'injected', 'answers again: p50', 'p99', 'max'),
    ...[...groupBy(faults, ({ kind }) => kind)].map(([kind, found]) =>
      row(kind, String(found.length), ...spreadColumns(recovery.api.get(kind) ?? spreadOf([]))),
    ),
    row(`${String(new Set(faults.map(({ kind }) => kind)).size)} kinds`, String(faults.length), '', '', ''),
    '',
    row('by the database', 'orders', 'p50', 'p99', 'max'),
    row('relay hit: to its queue', ...spreadRow(recovery.placedToSent)),
    row('consumer hit: to shipment', ...spreadRow(recovery.placedToShipment)),
    row('queues lost: to shipment', ...spreadRow(recovery.lossToShipment)),
    ...(recovery.untimed === 0
      ? []
      : [`${String(recovery.untimed)} orders without a time of their shipment are left out`]),
    '',
    row('readers', 'count', 'events', 'interrupted', 'missing'),
    ...result.readers.map(({ kind, readers, events, interruptions, missing }) =>
      row(`${kind}s`, ...[readers, events, interruptions, missing].map(String)),
    ),
    '',
    breaches.length === 0 ? 'Every invariant holds.' : `BROKEN: ${String(breaches.length)} breaches`,
    ...breaches
      .slice(0, SHOWN_BREACHES)
      .flatMap((breach) => [
        `  ${breach.invariant}: ${breach.what}`,
        ...historyOf(result, breach.key).map((line) => `      ${line}`),
      ]),
  ].join('\n');
}

/** What the calls met whose outcome the client does not know, most frequent first. */
function answersOf(calls: readonly Call[]): string {
  const unknown = groupBy(
    calls.filter(({ outcome }) => outcome === 'unknown'),
    ({ answer }) => answer,
  );
  return countsOf(new Map([...unknown].map(([answer, found]) => [answer, found.length])));
}

const countsOf = (counts: ReadonlyMap<string, number>): string =>
  [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([answer, count]) => `${answer} ×${String(count)}`)
    .join(', ') || 'none';

/** Orders that were accepted and are gone, never got a shipment, or do not end. */
const lost = (result: ChaosResult): number => ordersOf(result, /^I1 |^I3 every|^I4 /);

/** Submissions that became two orders, and orders that became two shipments. */
const doubled = (result: ChaosResult): number => ordersOf(result, /^I2 |^I3 no|^I10 /);

/** Products of which more was promised than there was. */
const oversold = ({ breaches }: ChaosResult): number =>
  breaches.filter(({ invariant }) => invariant === NEVER_OVERSOLD).length;

const ordersOf = ({ breaches }: ChaosResult, invariants: RegExp): number =>
  new Set(breaches.filter(({ invariant }) => invariants.test(invariant)).map(({ key, what }) => key ?? what))
    .size;

/** The calls of the order that a breach is about. */
function historyOf({ history }: ChaosResult, key: string | null): string[] {
  const order = key === null ? undefined : history.orders.get(key);
  if (!order) return [];
  const calls = order.calls.map(
    ({ at, operation, outcome, answer, took }) =>
      `${seconds(at)} ${operation} ${outcome} (${answer}, ${took.toFixed(0)} ms)`,
  );
  return [`${order.key} of ${order.client}, order ${order.orderId ?? 'unknown'}`, ...calls];
}

/** Writes the whole result as JSON below `.local/chaos`; its path. */
export function writeReport(result: ChaosResult): string {
  const folder = join(PROJECT, '.local', 'chaos');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `seed-${String(result.options.seed)}-${String(Date.now())}.json`);
  const { history, recovery, ...rest } = result;
  const report = {
    commit: gitCommit(),
    ...rest,
    recovery: { ...recovery, api: Object.fromEntries(recovery.api) },
    histories: result.breaches.flatMap(({ key }) => (key === null ? [] : [history.orders.get(key)])),
  };
  writeFileSync(file, JSON.stringify(report, null, 2));
  return file;
}

const WIDTHS = [26, 10, 20, 10, 10];

const row = (...columns: string[]): string =>
  columns
    .map((text, index) => (index === 0 ? text.padEnd(WIDTHS[0]!) : text.padStart(WIDTHS[index]!)))
    .join('');

const spreadColumns = ({ count, p50, p99, max }: Spread): string[] =>
  count === 0 ? ['', '', ''] : [seconds(p50), seconds(p99), seconds(max)];

const spreadRow = (spread: Spread): string[] => [String(spread.count), ...spreadColumns(spread)];

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(ms < 10_000 ? 2 : 1)} s`;
