import { type StockResource } from '../../../shared/contracts/stock-resource';
import { availableOf, type StockLevel } from './stock';

/** The stock as the API shows it. */
export const toStockResource = (level: StockLevel): StockResource => ({
  product_id: level.productId,
  sku: level.sku,
  on_hand: level.onHand,
  reserved: level.reserved,
  available: availableOf(level),
  low_stock_threshold: level.lowStockThreshold,
  backorder_limit: level.backorderLimit,
  version: level.version,
  updated_at: level.updatedAt.toISOString(),
});
