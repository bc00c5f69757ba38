import { type Random } from '../random';
import { type Item } from './stock-api';
import { type Good } from './stock-history';

/** What a customer wants, decided before the first request. */
export interface Purchase {
  items: readonly Item[];
  /** What happens to the cart before the order; null: the customer orders at once. */
  cart: Cart | null;
}

export interface Cart {
  /** For how long the items are reserved, and after what time the customer decides. */
  seconds: number;
  afterMs: number;
  /** `leave`: the reservation expires, or is still there at the end of the run. */
  then: 'order' | 'extend-and-order' | 'release' | 'leave';
}

/** Shares of the customers who buy items that are not in the catalogue, and of those who fill a cart first. */
const SHARE = { free: 0.3, cart: 0.2 };
const FREE_ITEMS: readonly Item[] = [
  { product_id: 'lamp', quantity: 1, unit_price: 79.9 },
  { product_id: 'bulb', quantity: 3, unit_price: 2.5 },
];
const MOST_LINES = 3;
const MOST_UNITS = 3;

/** Shorter and longer than the customer takes, and longer than the run. */
const CART_SECONDS = [2, 5, 20, 3_600];
const MOST_CART_MS = 6_000;
const DECISIONS: readonly Cart['then'][] = ['order', 'order', 'extend-and-order', 'release', 'leave'];

/** @param goods of the customer's shop. */
export function planPurchase(goods: readonly Good[], random: Random): Purchase {
  const kind = random.next();
  if (goods.length === 0 || kind < SHARE.free) return { items: FREE_ITEMS, cart: null };
  const items = Array.from({ length: upTo(MOST_LINES, random) }, () => ({
    product_id: random.pick(goods).sku,
    quantity: upTo(MOST_UNITS, random),
  }));
  return { items, cart: kind < SHARE.free + SHARE.cart ? planCart(random) : null };
}

const planCart = (random: Random): Cart => ({
  seconds: random.pick(CART_SECONDS),
  afterMs: random.between(0, MOST_CART_MS),
  then: random.pick(DECISIONS),
});

const upTo = (most: number, random: Random): number => 1 + Math.floor(random.next() * most);

/** The units of each product, by its id: two lines of one product count together. */
export function unitsOf({ items }: Purchase, goods: readonly Good[]): Map<string, number> {
  const units = new Map<string, number>();
  for (const { product_id: sku, quantity } of items) {
    const good = goods.find((one) => one.sku === sku);
    if (good) units.set(good.productId, (units.get(good.productId) ?? 0) + quantity);
  }
  return units;
}
