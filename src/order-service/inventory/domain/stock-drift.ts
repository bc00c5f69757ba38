import { type ChangeOrigin, type Counters, MAX_UNITS, type StockChange, type StockLevel } from './stock';

/** An order or a reservation that holds other units of a product, according to the ledger, than it should. */
export interface HolderDrift {
  kind: 'order' | 'reservation';
  id: string;
  /** According to the ledger. */
  held: number;
  /** According to the order or the reservation. */
  expected: number;
  /** Whether the units have left the warehouse. */
  isShipped: boolean;
}

/** All that is known of the stock of a product, read at one moment. */
export interface StockBook {
  level: StockLevel;
  /** The sum of the ledger. */
  ledger: Counters;
  /** Units that are reserved in the ledger for neither an order nor a reservation. */
  unattributed: number;
  holders: readonly HolderDrift[];
}

/** What is wrong with the stock of a product; empty when it is sound. */
export function differencesOf(book: StockBook): string[] {
  const { level, ledger, unattributed, holders } = book;
  return [
    ...(areEqual(level, ledger)
      ? []
      : [`the counters are ${textOf(level)}, the sum of the ledger is ${textOf(ledger)}`]),
    ...(unattributed === 0
      ? []
      : [`in the ledger, ${unattributed} units are reserved for neither an order nor a reservation`]),
    ...holders.map(
      ({ kind, id, held, expected }) =>
        `the ${kind} ${id} holds ${held} in the ledger; it should hold ${expected}`,
    ),
  ];
}

export interface StockRepair {
  to: StockLevel;
  changes: readonly StockChange[];
}

/**
 * The repair of a product. Orders and reservations decide what is reserved, and the ledger what is on hand: each difference becomes an entry
 * `drift_repaired`, and the counters become the sum of the ledger.
 *
 * @returns null when fewer units than reserved would be on hand, beyond the backorder limit: only a count of the warehouse helps then.
 */
export function repairOf(book: StockBook, origin: ChangeOrigin): StockRepair | null {
  const { level, ledger } = book;
  const change = { productId: level.productId, cause: 'drift_repaired', origin } as const;
  const counters = { onHand: ledger.onHand, reserved: ledger.reserved };
  const changes: StockChange[] = [];
  const add = (difference: Counters & Pick<StockChange, 'orderId' | 'reservationId' | 'reason'>): void => {
    changes.push({ ...change, ...difference });
    counters.onHand += difference.onHand;
    counters.reserved += difference.reserved;
  };
  for (const holder of book.holders) add(differenceOf(holder, counters.onHand));
  if (book.unattributed !== 0)
    add({
      onHand: 0,
      reserved: 0 - book.unattributed,
      reason: 'reserved for neither an order nor a reservation',
    });
  if (!areEqual(level, ledger)) add({ onHand: 0, reserved: 0, reason: `the counters were ${textOf(level)}` });
  const isPossible =
    counters.onHand >= 0 &&
    counters.onHand <= MAX_UNITS &&
    counters.reserved >= 0 &&
    counters.reserved <= counters.onHand + level.backorderLimit;
  return isPossible ? { to: { ...level, ...counters }, changes } : null;
}

function differenceOf({ kind, id, held, expected, isShipped }: HolderDrift, onHand: number) {
  const taken = isShipped ? Math.max(0, Math.min(held - expected, onHand)) : 0;
  return {
    onHand: 0 - taken,
    reserved: expected - held,
    reason: `the ${kind} held ${held}; it should hold ${expected}`,
    ...(kind === 'order' ? { orderId: id } : { reservationId: id }),
  };
}

const areEqual = (a: Counters, b: Counters): boolean => a.onHand === b.onHand && a.reserved === b.reserved;

const textOf = ({ onHand, reserved }: Counters): string => `${onHand} on hand, ${reserved} reserved`;
