/** `expired`, `released`, `converted`: the reservation holds nothing any more. */
export const RESERVATION_STATUSES = ['active', 'converted', 'released', 'expired'] as const;
export type ReservationStatus = (typeof RESERVATION_STATUSES)[number];

/** The way in which a reservation ends without an order. */
export type ReservationEnd = Extract<ReservationStatus, 'released' | 'expired'>;

export interface ReservationItem {
  readonly productId: string;
  readonly sku: string;
  readonly quantity: number;
  /** Whether units are held: the product was stock-kept when it was reserved. */
  readonly isStockKept: boolean;
}

/** Units that are held for a limited time, for a cart. */
export interface Reservation {
  readonly reservationId: string;
  readonly owner: string;
  readonly status: ReservationStatus;
  readonly expiresAt: Date;
  /** The order that took it over. */
  readonly orderId: string | null;
  readonly items: readonly ReservationItem[];
  /** Counts its changes: 1 when created. */
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Whether it can still be extended or taken over. An expired one is not active even before the loop has released its units. */
export const isActive = (
  { status, expiresAt }: Pick<Reservation, 'status' | 'expiresAt'>,
  now: Date,
): boolean => status === 'active' && expiresAt > now;

/** What the items hold, by product. */
export const heldBy = (items: readonly ReservationItem[]): Map<string, number> =>
  new Map(
    items.filter(({ isStockKept }) => isStockKept).map(({ productId, quantity }) => [productId, quantity]),
  );
