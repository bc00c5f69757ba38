import { ownersWithProducts } from '../../catalogue/use-cases/catalogue-owners';
import { createFindOrderProducts } from '../../catalogue/use-cases/find-order-products';
import { type Database } from '../../../shared/postgres/queryable';
import { type OrderItem } from '../domain/order';
import { type OrderRequest } from '../domain/place-order';
import { type CatalogueMode, resolveItems } from '../domain/resolve-items';

/** The catalogue, as the placing of orders uses it. */
export interface OrderCatalogue {
  /**
   * Whether the lines of an order must be looked up before the order is written. Only the owners that have products are remembered: for any
   * other owner the transaction of the order checks it.
   */
  mustResolve(request: OrderRequest): boolean;
  /** Remembers that an owner has products. */
  rememberOwner(owner: string): void;
  /** Finds out whether an owner has products, unless that is remembered. */
  learnOwner(owner: string): Promise<void>;
  /**
   * The lines of an order with prices and products.
   *
   * @throws AppError `unprocessable` (`catalogue_mismatch`)
   */
  resolve(request: OrderRequest): Promise<OrderItem[]>;
  /** The lines of an order that need not be looked up. */
  asFreeItems(request: OrderRequest): OrderItem[];
}

export function createOrderCatalogue(db: Database, mode: CatalogueMode): OrderCatalogue {
  const findProducts = createFindOrderProducts(db);
  const owners = new Set<string>();
  return {
    mustResolve: ({ owner, items, reservationId }) =>
      mode === 'strict' ||
      reservationId !== null ||
      owners.has(owner) ||
      items.some(({ unitPrice }) => unitPrice === null),
    rememberOwner: (owner) => void owners.add(owner),
    async learnOwner(owner) {
      if (!owners.has(owner) && (await ownersWithProducts(db, [owner])).has(owner)) owners.add(owner);
    },
    async resolve({ owner, items, currency }) {
      const codes = new Set(items.map(({ productId }) => productId));
      const products = await findProducts(owner, [...codes]);
      if (products.size > 0) owners.add(owner);
      return resolveItems(items, currency, products, mode);
    },
    asFreeItems: ({ items, currency }) => resolveItems(items, currency, NO_PRODUCTS, mode),
  };
}

const NO_PRODUCTS = new Map<string, never>();
