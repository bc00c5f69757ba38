import { VALIDATION_FAILED } from '../../../shared/contracts/problem';
import { AppError } from '../../../shared/errors';
import { STOCK_BELOW_RESERVED } from './problem-types';
import { type ChangeOrigin, MAX_UNITS, type StockChange, type StockLevel, type StockSettings } from './stock';

/** What a client wants the stock to be: a number of units, or another number than before. Settings that are undefined stay as they are. */
export type StockOrder = { [Setting in keyof StockSettings]: StockSettings[Setting] | undefined } & (
  { onHand: number } | { adjust: number; reason: string }
);

/**
 * The change of the stock that a client has requested.
 *
 * @throws AppError `conflict` (`stock_below_reserved`) when fewer units than reserved would remain, beyond the backorder limit; `invalid_input`
 * when there would be too many units.
 */
export function setStock(level: StockLevel, order: StockOrder, origin: ChangeOrigin): StockChange {
  const settings = {
    lowStockThreshold:
      order.lowStockThreshold === undefined ? level.lowStockThreshold : order.lowStockThreshold,
    backorderLimit: order.backorderLimit ?? level.backorderLimit,
  };
  const isSet = 'onHand' in order;
  const onHand = isSet ? order.onHand : level.onHand + order.adjust;
  requireInRange(onHand);
  requireCovered(level, onHand, settings.backorderLimit);
  return {
    productId: level.productId,
    cause: isSet ? 'set' : 'adjusted',
    onHand: onHand - level.onHand,
    reserved: 0,
    settings,
    origin,
    ...(!isSet && { reason: order.reason }),
  };
}

/**
 * The change that ends the stock keeping of a product: its units leave the ledger.
 *
 * @throws AppError `conflict` (`stock_below_reserved`) while units are reserved.
 */
export function removeStock(level: StockLevel, origin: ChangeOrigin): StockChange {
  if (level.reserved > 0)
    throw new AppError(
      STOCK_BELOW_RESERVED,
      `stock keeping cannot end: ${level.reserved} units are reserved`,
    );
  const { productId } = level;
  return { productId, cause: 'removed', onHand: 0 - level.onHand, reserved: 0, origin };
}

/** The change that takes the units of a product that is deleted out of stock, of which none may be reserved: nothing is available any more. */
export function emptyStock({ productId, onHand }: StockLevel, origin: ChangeOrigin): StockChange {
  const settings = { lowStockThreshold: null, backorderLimit: 0 };
  return { productId, cause: 'removed', onHand: 0 - onHand, reserved: 0, settings, origin };
}

function requireInRange(onHand: number): void {
  if (onHand <= MAX_UNITS) return;
  const message = `on_hand would be ${onHand}; the maximum is ${MAX_UNITS}`;
  throw new AppError(VALIDATION_FAILED, message, { errors: [{ path: 'adjust', message }] });
}

function requireCovered({ reserved }: StockLevel, onHand: number, backorderLimit: number): void {
  if (onHand >= 0 && onHand >= reserved - backorderLimit) return;
  throw new AppError(
    STOCK_BELOW_RESERVED,
    `on_hand would be ${onHand}; ${reserved} units are reserved, and backorder_limit is ${backorderLimit}`,
  );
}
