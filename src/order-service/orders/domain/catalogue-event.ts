import { type Currency } from '../../../shared/contracts/money';
import { productResource } from '../../../shared/contracts/product-resource';
import {
  type CatalogueEventType,
  EVENT_API_VERSION,
  type InventoryEventType,
  type ProductEventType,
  type PublicCatalogueEvent,
  stockChange,
} from '../../../shared/contracts/public-event';
import { stockResource } from '../../../shared/contracts/stock-resource';
import { type ProductStep } from '../../catalogue/domain/product';
import { type StockEvent } from '../../inventory/domain/change-stock';

/** An event of a product or of its stock as the log has it. */
export interface CatalogueLogEntry {
  eventId: string;
  subjectType: string;
  /** The product, or its stock. */
  subjectId: string;
  version: number;
  type: string;
  payload: unknown;
  occurredAt: Date;
  correlationId: string;
}

const PRODUCT = 'product';
const STOCK = 'stock';

const PRODUCT_TYPES: Readonly<Record<string, ProductEventType>> = {
  PRODUCT_CREATED: 'product.created',
  PRODUCT_UPDATED: 'product.updated',
  PRODUCT_PRICE_CHANGED: 'product.price_changed',
  PRODUCT_DELETED: 'product.deleted',
} satisfies Record<ProductStep['type'], ProductEventType>;

const STOCK_TYPES: Readonly<Record<string, InventoryEventType>> = {
  STOCK_RESERVED: 'inventory.reserved',
  STOCK_RELEASED: 'inventory.released',
  STOCK_UPDATED: 'inventory.updated',
  STOCK_LOW: 'inventory.low',
} satisfies Record<StockEvent['type'], InventoryEventType>;

/** Whether an event of the log is about a product or its stock. */
export const isOfCatalogue = ({ subjectType }: Pick<CatalogueLogEntry, 'subjectType'>): boolean =>
  subjectType === PRODUCT || subjectType === STOCK;

/** The public type of an event; one that this release does not know is an update. */
export const catalogueTypeOf = ({
  subjectType,
  type,
}: Pick<CatalogueLogEntry, 'subjectType' | 'type'>): CatalogueEventType =>
  subjectType === STOCK ? stockTypeOf(type) : productTypeOf(type);

const productTypeOf = (type: string): ProductEventType => PRODUCT_TYPES[type] ?? 'product.updated';
const stockTypeOf = (type: string): InventoryEventType => STOCK_TYPES[type] ?? 'inventory.updated';

/** The product that an event is about; undefined when its payload does not name it. */
export function productIdOf({
  subjectType,
  subjectId,
  payload,
}: Pick<CatalogueLogEntry, 'subjectType' | 'subjectId' | 'payload'>): string | undefined {
  if (subjectType !== STOCK) return subjectId;
  const { stock } = (payload ?? {}) as { stock?: { product_id?: string } | null };
  return stock?.product_id;
}

/**
 * The public form of an event of a product or of its stock. Each contains the complete resource, so that no other event is read. The members
 * come in the order of the resource: the log does not keep it. Members that a later release adds to a resource need a default here.
 *
 * @throws Error for a payload that does not have the resource with all its members.
 */
export function toCatalogueEvent(entry: CatalogueLogEntry): PublicCatalogueEvent {
  const { eventId, version, type, payload, occurredAt, correlationId } = entry;
  const content = (payload ?? {}) as PayloadMembers;
  const head = { id: eventId, api_version: EVENT_API_VERSION } as const;
  const origin = { version, occurred_at: occurredAt.toISOString(), correlation_id: correlationId };
  if (entry.subjectType !== STOCK) {
    const product = parsed(productResource, content.product, entry);
    const { product_id } = product;
    return {
      ...head,
      type: productTypeOf(type),
      product_id,
      ...origin,
      data: { product, ...previousOf(content) },
    };
  }
  const stock = parsed(stockResource, content.stock, entry);
  const change = parsed(stockChange, content.change, entry);
  const { product_id } = stock;
  return { ...head, type: stockTypeOf(type), product_id, ...origin, data: { stock, change } };
}

interface PayloadMembers {
  product?: unknown;
  stock?: unknown;
  change?: unknown;
  previous_price?: unknown;
  previous_currency?: unknown;
}

/** The price before a change of price. */
const previousOf = ({ previous_price: price, previous_currency: currency }: PayloadMembers) => ({
  ...(typeof price === 'number' && { previous_price: price }),
  ...(typeof currency === 'string' && { previous_currency: currency as Currency }),
});

interface Schema<T> {
  readonly shape: Readonly<Record<string, unknown>>;
  safeParse(
    value: unknown,
  ): { success: true; data: T } | { success: false; error: { readonly message: string } };
}

/** The release that wrote an event can have had other limits for values: a resource with all members is shown as it was written. */
function parsed<T>(schema: Schema<T>, value: unknown, { type, eventId }: CatalogueLogEntry): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const stored = (value ?? {}) as Record<string, unknown>;
  const names = Object.keys(schema.shape);
  if (names.every((name) => stored[name] !== undefined))
    return Object.fromEntries(names.map((name) => [name, stored[name]])) as T;
  throw new Error(`the payload of the event ${eventId} (${type}) is malformed: ${result.error.message}`);
}
