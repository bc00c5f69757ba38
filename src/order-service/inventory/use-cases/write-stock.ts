import { v7 as uuidv7 } from 'uuid';
import { appendEvents } from '../../../shared/event-log/append-events';
import { type LoggedEvent } from '../../../shared/event-log/event';
import { groupBy } from '../../../shared/group-by';
import { type Transaction } from '../../../shared/postgres/queryable';
import { changeStock, isEntry, type StockEvent, type StockStep } from '../domain/change-stock';
import { isLow, type StockChange, type StockLevel } from '../domain/stock';
import { toStockResource } from '../domain/stock-resource';
import { insertEntries, writeLevels, writeLow } from '../store/stock-write-store';

/**
 * Applies changes to stock that the transaction has locked: writes each row once, an entry of the ledger for each change, and at most two events
 * for each product. Everything is sent without waiting for an answer.
 *
 * @param levels as they were locked.
 * @param changes which `allocate` has granted, or which only give back: no row can violate its limits then.
 * @returns the stock of the changed products after the changes.
 */
export function writeStock(
  tx: Transaction,
  levels: ReadonlyMap<string, StockLevel>,
  changes: readonly StockChange[],
  at: Date,
): Map<string, StockLevel> {
  const steps = [...groupBy(changes, ({ productId }) => productId)].map(([productId, ofProduct]) => {
    const level = levels.get(productId);
    if (!level) throw new Error(`the stock of ${productId} changes without being locked`);
    return changeStock(level, ofProduct, at);
  });
  writeSteps(tx, steps, changes, at);
  return new Map(steps.map(({ after }) => [after.productId, after]));
}

/** Writes steps of locked stock, their entries in the ledger and their events. */
export function writeSteps(
  tx: Transaction,
  steps: readonly StockStep[],
  changes: readonly StockChange[],
  at: Date,
): void {
  const made = steps.filter(({ events }) => events.length > 0);
  writeLevels(
    tx,
    made.map(({ after }) => after),
  );
  insertEntries(tx, changes.filter(isEntry), at);
  writeLow(tx, ...crossings(made));
  appendEvents(
    tx,
    made.flatMap(({ events }) => events.map((event) => toLoggedEvent(event, at))),
  );
}

function crossings(steps: readonly StockStep[]): [low: StockLevel[], sufficient: StockLevel[]] {
  const becameLow = steps.filter(
    ({ before, after }) => isLow(after) && (before.version === 0 || !isLow(before)),
  );
  const isNoLonger = steps.filter(
    ({ before, after }) => before.version > 0 && isLow(before) && !isLow(after),
  );
  return [becameLow.map(({ after }) => after), isNoLonger.map(({ after }) => after)];
}

const toLoggedEvent = ({ type, level, change, origin }: StockEvent, at: Date): LoggedEvent => ({
  eventId: uuidv7(),
  subjectType: 'stock',
  subjectId: level.stockId,
  owner: level.owner,
  version: level.version,
  type,
  payload: {
    stock: toStockResource(level),
    change: { on_hand: change.onHand, reserved: change.reserved, causes: change.causes },
  },
  occurredAt: at,
  queue: null,
  ...origin,
});
