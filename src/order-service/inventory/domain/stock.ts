/** Why stock has changed, as the ledger records it. */
export const LEDGER_CAUSES = [
  'set',
  'adjusted',
  'removed',
  'order_placed',
  'order_cancelled',
  'order_shipped',
  'order_returned',
  'reservation_created',
  'reservation_released',
  'reservation_expired',
  'reservation_converted',
  'drift_repaired',
] as const;
export type LedgerCause = (typeof LEDGER_CAUSES)[number];

/** The maximum of `on_hand`, of `backorder_limit` and of `low_stock_threshold`: a sum of two of them is a 32-bit integer. */
export const MAX_UNITS = 1_000_000_000;

/** The counters of a product; in a change, by how much they change. */
export interface Counters {
  /** Units in the warehouse. */
  readonly onHand: number;
  /** Units of them, or of those on backorder, that orders and reservations hold. */
  readonly reserved: number;
}

export interface StockSettings {
  /** The stock is low when no more units are available; null: never. */
  readonly lowStockThreshold: number | null;
  /** How many more units can be reserved than are on hand. */
  readonly backorderLimit: number;
}

/** The stock of a product. A product without it is not stock-kept: any quantity can be ordered. */
export interface StockLevel extends Counters, StockSettings {
  readonly productId: string;
  /** The subject of its events. */
  readonly stockId: string;
  /** The client whose product it is. */
  readonly owner: string;
  readonly sku: string;
  /** The number of its events; 0 only within the transaction that creates it. */
  readonly version: number;
  readonly updatedAt: Date;
}

/** Who caused a change, and the ids by which it can be traced. */
export interface ChangeOrigin {
  actor: string;
  correlationId: string;
  traceparent: string;
}

/** A change of the stock of one product: one entry of the ledger. */
export interface StockChange extends Counters {
  readonly productId: string;
  readonly cause: LedgerCause;
  readonly orderId?: string;
  readonly reservationId?: string;
  readonly reason?: string;
  /** Settings that change with it. */
  readonly settings?: StockSettings;
  readonly origin: ChangeOrigin;
}

/** An entry of the ledger: by how much the counters changed, and why. */
export interface LedgerEntry extends Counters {
  /** A bigint as text. */
  entryId: string;
  cause: LedgerCause;
  orderId: string | null;
  reservationId: string | null;
  reason: string | null;
  actor: string;
  occurredAt: Date;
}

/** Stock that was locked without waiting for other transactions. */
export interface FreeLevels {
  levels: Map<string, StockLevel>;
  /** The products whose stock another transaction has locked. */
  lockedElsewhere: Set<string>;
}

/** Negative when units on backorder are reserved. */
export const availableOf = ({ onHand, reserved }: Counters): number => onHand - reserved;

/** How many more units can be reserved. */
export const roomOf = (level: Counters & Pick<StockSettings, 'backorderLimit'>): number =>
  availableOf(level) + level.backorderLimit;

export const isLow = (level: Counters & Pick<StockSettings, 'lowStockThreshold'>): boolean =>
  level.lowStockThreshold !== null && availableOf(level) <= level.lowStockThreshold;
