import { type StockLevel } from '../domain/stock';

/** The columns of a level, for the tables `stock s` and `products p`. */
export const STOCK_COLUMNS = `s.product_id, s.stock_id, s.owner, p.sku, s.on_hand, s.reserved, s.low_stock_threshold, s.backorder_limit,
  s.version, s.updated_at`;

export interface StockRow {
  product_id: string;
  stock_id: string;
  owner: string;
  sku: string;
  on_hand: number;
  reserved: number;
  low_stock_threshold: number | null;
  backorder_limit: number;
  version: number;
  updated_at: Date;
}

export const toLevel = (row: StockRow): StockLevel => ({
  productId: row.product_id,
  stockId: row.stock_id,
  owner: row.owner,
  sku: row.sku,
  onHand: row.on_hand,
  reserved: row.reserved,
  lowStockThreshold: row.low_stock_threshold,
  backorderLimit: row.backorder_limit,
  version: row.version,
  updatedAt: row.updated_at,
});

export const levelsById = (rows: readonly StockRow[]): Map<string, StockLevel> =>
  new Map(rows.map((row) => [row.product_id, toLevel(row)]));
