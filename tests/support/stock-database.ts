import { v7 as uuidv7 } from 'uuid';
import { lockStock } from '../../src/order-service/inventory/use-cases/lock-stock';
import { writeStock } from '../../src/order-service/inventory/use-cases/write-stock';
import { type StockChange } from '../../src/order-service/inventory/domain/stock';
import { originOf } from '../../src/shared/event-log/event';
import { type ServiceDatabase } from '../../src/shared/postgres/database';
import { type Database } from '../../src/shared/postgres/queryable';
import { createTestDatabase } from './databases';
import { openDatabase } from './open-database';

/** A database with stock, and two pools for it, as two instances have. No service runs on it. */
export interface StockDatabase {
  url: string;
  first: ServiceDatabase;
  second: ServiceDatabase;
  /** Adds a product of `shop` with so many units; its id. */
  add(onHand: number, settings?: { threshold?: number; backorderLimit?: number }): Promise<string>;
  stop(): Promise<void>;
}

export async function stockDatabase(): Promise<StockDatabase> {
  const url = await createTestDatabase('order-service');
  const [first, second] = [openDatabase(url), openDatabase(url)];
  let count = 0;
  return {
    url,
    first,
    second,
    async add(
      onHand,
      { threshold = null, backorderLimit = 0 }: { threshold?: number | null; backorderLimit?: number } = {},
    ) {
      const productId = uuidv7();
      const sku = `lamp-${(count += 1)}`;
      await first.transaction(async (tx) => {
        await tx.query(
          `INSERT INTO products (product_id, owner, sku, name, currency, price_minor) VALUES ($1, 'shop', $2, 'Lamp', 'USD', 100)`,
          [productId, sku],
        );
        await tx.query(
          `INSERT INTO stock (product_id, stock_id, owner, on_hand, reserved, low_stock_threshold, backorder_limit, version)
           VALUES ($1, $2, 'shop', 0, 0, $3, $4, 0)`,
          [productId, uuidv7(), threshold, backorderLimit],
        );
        const levels = await lockStock(tx, [productId]);
        const set = { productId, cause: 'set', onHand, reserved: 0, origin: originOf('shop') } as const;
        writeStock(tx, levels, [set], new Date());
      });
      return productId;
    },
    stop: async () => void (await Promise.all([first.stop(), second.stop()])),
  };
}

/** Applies changes in one transaction. */
export function change(db: Database, changes: readonly Omit<StockChange, 'origin'>[]): Promise<void> {
  const origin = originOf('shop');
  return db.transaction(async (tx) => {
    const levels = await lockStock(
      tx,
      changes.map(({ productId }) => productId),
    );
    writeStock(
      tx,
      levels,
      changes.map((one) => ({ ...one, origin })),
      new Date(),
    );
  });
}
