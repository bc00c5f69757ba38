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
  const rooms = new Map([...levels].map(([productId, level]) => [productId, roomOf(level)]));
  return requests.map((request) => {
    const shortages = shortagesOf(rooms, request);
    if (shortages.length > 0) return shortages;
    take(rooms, request.freed, 1);
    take(rooms, request.needs, -1);
    return null;
  });
}

function shortagesOf(rooms: ReadonlyMap<string, number>, { needs, freed }: StockRequest): Shortage[] {
  return [...needs].flatMap(([productId, requested]) => {
    const room = rooms.get(productId);
    if (room === undefined) return [];
    const available = room + (freed?.get(productId) ?? 0);
    return requested > available ? [{ productId, requested, available }] : [];
  });
}

function take(rooms: Map<string, number>, quantities: Needs | undefined, sign: 1 | -1): void {
  for (const [productId, quantity] of quantities ?? []) {
    const room = rooms.get(productId);
    if (room !== undefined) rooms.set(productId, room + sign * quantity);
  }
}
