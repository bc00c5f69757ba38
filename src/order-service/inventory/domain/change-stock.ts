import { type ChangeOrigin, type Counters, isLow, type StockChange, type StockLevel } from './stock';

/** The names of the events of stock in the log. */
export type StockEventType = 'STOCK_RESERVED' | 'STOCK_RELEASED' | 'STOCK_UPDATED' | 'STOCK_LOW';

/** The difference that one transaction makes to the stock of a product. */
export interface NetChange extends Counters {
  /** The number of changes of each cause. */
  readonly causes: Readonly<Record<string, number>>;
}

export interface StockEvent {
  type: StockEventType;
  /** The stock after the change; its version is that of the event. */
  level: StockLevel;
  change: NetChange;
  origin: ChangeOrigin;
}

/** The stock of one product before and after a transaction, and its events. */
export interface StockStep {
  before: StockLevel;
  after: StockLevel;
  events: readonly StockEvent[];
}

/**
 * Applies changes of one product, which are at least one.
 *
 * One event has the net change: STOCK_UPDATED when units on hand or settings have changed, else STOCK_RESERVED or STOCK_RELEASED; none when the
 * changes cancel each other out. STOCK_LOW follows when the stock has become low. Each event has the next version.
 */
export function changeStock(before: StockLevel, changes: readonly StockChange[], at: Date): StockStep {
  const counters = changes.reduce(sum, before);
  const settings = changes.reduce((last, change) => change.settings ?? last, settingsOf(before));
  return stepTo(before, { ...before, ...counters, ...settings }, changes, at);
}

/** The step to a level with other counters or settings, whatever the changes add up to. */
export function stepTo(
  before: StockLevel,
  to: StockLevel,
  changes: readonly StockChange[],
  at: Date,
): StockStep {
  const type = eventTypeOf(before, to, changes);
  const [first] = changes;
  if (type === null || !first) return { before, after: before, events: [] };
  const change = netChange(before, to, changes);
  const { origin } = first;
  const changed = { ...to, version: before.version + 1, updatedAt: at };
  const event: StockEvent = { type, level: changed, change, origin };
  if (!becomesLow(before, changed, changes)) return { before, after: changed, events: [event] };
  const low = { ...changed, version: changed.version + 1 };
  return { before, after: low, events: [event, { type: 'STOCK_LOW', level: low, change, origin }] };
}

/** A change that does nothing leaves no entry in the ledger, unless it records a decision. */
export const isEntry = ({ onHand, reserved, cause }: StockChange): boolean =>
  onHand !== 0 || reserved !== 0 || cause === 'removed' || cause === 'drift_repaired';

const sum = (total: Counters, change: Counters): Counters => ({
  onHand: total.onHand + change.onHand,
  reserved: total.reserved + change.reserved,
});

const settingsOf = ({ lowStockThreshold, backorderLimit }: StockLevel) => ({
  lowStockThreshold,
  backorderLimit,
});

function eventTypeOf(
  before: StockLevel,
  to: StockLevel,
  changes: readonly StockChange[],
): StockEventType | null {
  const hasOtherSettings =
    before.lowStockThreshold !== to.lowStockThreshold || before.backorderLimit !== to.backorderLimit;
  const isNew = before.version === 0;
  if (isNew || hasOtherSettings || before.onHand !== to.onHand || isRemoved(changes)) return 'STOCK_UPDATED';
  if (before.reserved === to.reserved) return null;
  return before.reserved < to.reserved ? 'STOCK_RESERVED' : 'STOCK_RELEASED';
}

/** Stock that is new can be low at once. */
const becomesLow = (before: StockLevel, after: StockLevel, changes: readonly StockChange[]): boolean =>
  isLow(after) && (before.version === 0 || !isLow(before)) && !isRemoved(changes);

const isRemoved = (changes: readonly StockChange[]): boolean =>
  changes.some(({ cause }) => cause === 'removed');

function netChange(before: Counters, after: Counters, changes: readonly StockChange[]): NetChange {
  const causes: Record<string, number> = {};
  for (const { cause } of changes.filter(isEntry)) causes[cause] = (causes[cause] ?? 0) + 1;
  return { onHand: after.onHand - before.onHand, reserved: after.reserved - before.reserved, causes };
}
