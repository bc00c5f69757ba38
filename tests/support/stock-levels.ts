import { type StockChange, type StockLevel } from '../../src/order-service/inventory/domain/stock';
import { originOf } from '../../src/shared/event-log/event';

export const NOW = new Date('2026-11-21T04:00:10.755Z');

/** The stock of a product named by its id; pass only the members that matter. */
export const levelOf = (overrides: Partial<StockLevel> = {}): StockLevel => ({
  productId: 'lamp',
  stockId: `stock of ${overrides.productId ?? 'lamp'}`,
  owner: 'shop',
  sku: overrides.productId ?? 'lamp',
  onHand: 0,
  reserved: 0,
  lowStockThreshold: null,
  backorderLimit: 0,
  version: 1,
  updatedAt: new Date(0),
  ...overrides,
});

export const byProduct = (levels: readonly StockLevel[]): Map<string, StockLevel> =>
  new Map(levels.map((level) => [level.productId, level]));

export const changeOf = (overrides: Partial<StockChange> = {}): StockChange => ({
  productId: 'lamp',
  cause: 'adjusted',
  onHand: 0,
  reserved: 0,
  origin: ORIGIN,
  ...overrides,
});

export const ORIGIN = originOf('shop');
