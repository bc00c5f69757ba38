import { roomOf, type StockLevel } from './stock';

/** Quantities by product id. */
export type Needs = ReadonlyMap<string, number>;

/** A product of which less is available than a request needs. */
export interface Shortage {
  productId: string;
  requested: number;
  /** What the request could get, with what it frees and with units on backorder. */
  available: number;
}

export interface StockRequest {
  needs: Needs;
  /** What the request gives back first, such as a reservation that it takes over. */
  freed?: Needs;
}

/**
 * Decides in the order of arrival which requests get stock: all that a request needs, or nothing. A request that is refused frees nothing and
 * takes nothing. Products without a level are unlimited.
 *
 * @returns for each request null when it is granted, else the products of which too few units are available.
 */
export function allocate(
  levels: ReadonlyMap<string, StockLevel>,
  requests: readonly StockRequest[],
): (readonly Shortage[] | null)[] {
  const units = new Map(
    [...levels].map(([productId, level]) => [productId, { room: roomOf(level), reserved: level.reserved }]),
  );
  return requests.map((request) => {
    const shortages = shortagesOf(units, request);
    if (shortages.length > 0) return shortages;
    for (const [productId, quantity] of request.freed ?? [])
      take(units.get(productId), 0 - givenBack(units.get(productId), quantity));
    for (const [productId, quantity] of request.needs) take(units.get(productId), quantity);
    return null;
  });
}

/** The units of a product while requests are decided. */
interface Units {
  room: number;
  reserved: number;
}

function shortagesOf(units: ReadonlyMap<string, Units>, { needs, freed }: StockRequest): Shortage[] {
  return [...needs].flatMap(([productId, requested]) => {
    const left = units.get(productId);
    if (left === undefined) return [];
    const available = left.room + givenBack(left, freed?.get(productId) ?? 0);
    return requested > available ? [{ productId, requested, available }] : [];
  });
}

/** A counter that has drifted can be lower than what a reservation holds. */
const givenBack = (left: Units | undefined, quantity: number): number =>
  Math.min(quantity, left?.reserved ?? quantity);

function take(left: Units | undefined, quantity: number): void {
  if (!left) return;
  left.room -= quantity;
  left.reserved += quantity;
}
