import { type Database } from '../../../shared/postgres/queryable';
import { type Placement, type WriteOrder } from './placement';
import { createFreeOrderWriter } from './write-free-orders';
import { createStockOrderWriter } from './write-stock-orders';

/** Writes orders. Those of free items never wait for the locks of stock. */
export function createOrderWriter(db: Database): WriteOrder {
  const writeFreeOrder = createFreeOrderWriter(db);
  const writeStockOrder = createStockOrderWriter(db);
  return (placement) => (usesStock(placement) ? writeStockOrder : writeFreeOrder)(placement);
}

const usesStock = ({ needs, reservationId }: Placement): boolean => needs.size > 0 || reservationId !== null;
