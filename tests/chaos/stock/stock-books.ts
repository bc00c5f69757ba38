import { groupBy } from '../../../src/shared/group-by';

/** Units of a product. */
export interface Counters {
  onHand: number;
  reserved: number;
}

export interface StockRow extends Counters {
  productId: string;
  sku: string;
  backorderLimit: number;
  version: number;
}

/** A change of the counters. */
export interface LedgerEntry extends Counters {
  productId: string;
  cause: string;
  /** The order or the reservation whose units it moves; null: neither. */
  holder: string | null;
  /** The transaction that wrote it. */
  transaction: string;
}

/** The stock as an event describes it: what everybody could see from the commit of its transaction on. */
export interface StockEvent extends Counters {
  productId: string;
  version: number;
  backorderLimit: number;
}

/** Units that an order or a reservation has been promised. */
export interface Promised {
  holder: string;
  productId: string;
  quantity: number;
  state: 'open' | 'shipped' | 'returned' | 'ended';
}

/** The stock of a system, read at one moment. */
export interface StockBooks {
  stock: readonly StockRow[];
  /** In the order in which they were written. */
  ledger: readonly LedgerEntry[];
  /** By version. */
  events: readonly StockEvent[];
  /** Of all orders and reservations that ever had units; without those of ended reservations. */
  promised: readonly Promised[];
}

export interface StockFaults {
  /** Moments at which more was promised than there was. */
  oversold: string[];
  /** Differences between counters, ledger, events, orders and reservations. */
  differences: string[];
}

/** Compares the counters of each product with its ledger, its events, and with the orders and reservations. */
export function stockFaults({ stock, ledger, events, promised }: StockBooks): StockFaults {
  const entriesOf = groupBy(ledger, ({ productId }) => productId);
  const eventsOf = groupBy(events, ({ productId }) => productId);
  const promisedOf = groupBy(promised, ({ productId }) => productId);
  const all = stock.map((row): StockFaults => {
    const entries = entriesOf.get(row.productId) ?? [];
    const log = eventsOf.get(row.productId) ?? [];
    const named = (what: string): string => `${row.sku} (${row.productId}): ${what}`;
    return {
      oversold: oversoldIn(log).map(named),
      differences: [
        ...unlikeLedger(row, entries),
        ...unlikeEvents(row, entries, log),
        ...unlikeHolders(row, entries, promisedOf.get(row.productId) ?? []),
      ].map(named),
    };
  });
  return {
    oversold: all.flatMap(({ oversold }) => oversold),
    differences: all.flatMap(({ differences }) => differences),
  };
}

const oversoldIn = (log: readonly StockEvent[]): string[] =>
  log
    .filter(({ onHand, reserved, backorderLimit }) => isOversold({ onHand, reserved }, backorderLimit))
    .map(({ version, ...event }) => `${textOf(event)} at version ${String(version)}`);

/** Whether more is promised than there is, or a counter is below zero. */
export const isOversold = ({ onHand, reserved }: Counters, backorderLimit: number): boolean =>
  reserved > onHand + backorderLimit || onHand < 0 || reserved < 0;

function unlikeLedger(row: StockRow, entries: readonly LedgerEntry[]): string[] {
  const sum = sumOf(entries);
  return areEqual(sum, row) ? [] : [`the counters are ${textOf(row)}, the ledger says ${textOf(sum)}`];
}

/** After each transaction the ledger must have the same sum as the event says. */
function unlikeEvents(row: StockRow, entries: readonly LedgerEntry[], log: readonly StockEvent[]): string[] {
  const versions = log.map(({ version }) => version);
  if (versions.some((version, index) => version !== index + 1) || row.version !== versions.length)
    return [`it has version ${String(row.version)}, its events ${versions.join(' ')}`];
  const [byLedger, byEvents] = [withoutRepeats(sumsOf(entries)), withoutRepeats(log)];
  const index = byEvents.findIndex((state, at) => !byLedger[at] || !areEqual(state, byLedger[at]));
  if (index < 0 && byLedger.length === byEvents.length) return [];
  const at = index < 0 ? byEvents.length : index;
  const [event, sum] = [byEvents[at], byLedger[at]];
  return [
    `change ${String(at + 1)} is ${event ? textOf(event) : 'missing'} in the events, ${sum ? textOf(sum) : 'missing'} in the ledger`,
  ];
}

/** The sum of the ledger after each transaction. */
function sumsOf(entries: readonly LedgerEntry[]): Counters[] {
  const sums: Counters[] = [];
  const sum = { onHand: 0, reserved: 0 };
  entries.forEach((entry, index) => {
    sum.onHand += entry.onHand;
    sum.reserved += entry.reserved;
    if (entries[index + 1]?.transaction !== entry.transaction) sums.push({ ...sum });
  });
  return sums;
}

/** A transaction can change a threshold only, or take as much as it gives back. The first state is that before the first one. */
const withoutRepeats = (states: readonly Counters[]): Counters[] =>
  states.filter((state, index) => !areEqual(state, states[index - 1] ?? { onHand: 0, reserved: 0 }));

/** What each order and each reservation has, and all of them together, according to the ledger and to their own rows. */
function unlikeHolders(
  row: StockRow,
  entries: readonly LedgerEntry[],
  promised: readonly Promised[],
): string[] {
  const entriesOf = groupBy(
    entries.filter(({ holder }) => holder !== null),
    ({ holder }) => holder!,
  );
  const known = new Set(promised.map(({ holder }) => holder));
  const strangers = [...entriesOf].filter(
    ([holder, found]) => !known.has(holder) && !areEqual(sumOf(found), NOTHING),
  );
  const open = promised
    .filter(({ state }) => state === 'open')
    .reduce((sum, { quantity }) => sum + quantity, 0);
  return [
    ...promised.flatMap((one) => unlikeEntries(one, entriesOf.get(one.holder) ?? [], row)),
    ...strangers.map(
      ([holder, found]) => `the ledger has ${textOf(sumOf(found))} of ${holder}, which has nothing`,
    ),
    ...(open === row.reserved
      ? []
      : [`${String(row.reserved)} are reserved, orders and reservations have ${String(open)}`]),
  ];
}

const NOTHING: Counters = { onHand: 0, reserved: 0 };

function unlikeEntries(
  { holder, quantity, state }: Promised,
  entries: readonly LedgerEntry[],
  row: StockRow,
): string[] {
  const placed = sumOf(entries.filter(({ reserved }) => reserved > 0)).reserved;
  if (placed !== quantity)
    return [`${holder} has ${String(quantity)}, the ledger reserved ${String(placed)} for it`];
  const expected = { onHand: state === 'shipped' ? -quantity : 0, reserved: state === 'open' ? quantity : 0 };
  const sum = sumOf(entries);
  // What is shipped without being on hand, within the limit of a product that can be ordered in advance, is not taken away.
  const isAsExpected =
    row.backorderLimit === 0 ? areEqual(sum, expected) : sum.reserved === expected.reserved;
  return isAsExpected
    ? []
    : [`${holder} is ${state} with ${String(quantity)}, the ledger says ${textOf(sum)}`];
}

function sumOf(changes: readonly Counters[]): Counters {
  return changes.reduce<Counters>(
    (sum, { onHand, reserved }) => ({ onHand: sum.onHand + onHand, reserved: sum.reserved + reserved }),
    NOTHING,
  );
}

const areEqual = (one: Counters, other: Counters): boolean =>
  one.onHand === other.onHand && one.reserved === other.reserved;

const textOf = ({ onHand, reserved }: Counters): string =>
  `${String(onHand)} on hand, ${String(reserved)} reserved`;
