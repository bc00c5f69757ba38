import { type Currency, type MinorUnits } from '../../../shared/contracts/money';

/** A product that a client sells. */
export interface Product {
  productId: string;
  /** The client whose product it is. */
  owner: string;
  /** The client's own code; unique among the products of the client that are not deleted. */
  sku: string;
  name: string;
  description: string | null;
  /** A path such as `home/lighting`. */
  category: string | null;
  currency: Currency;
  price: MinorUnits;
  taxClass: string | null;
  weightGrams: number | null;
  attributes: Readonly<Record<string, string>>;
  imageUrl: string | null;
  isActive: boolean;
  /** Counts the product's events: 1 when created. */
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

/** The members that a client gives to a product. */
export type ProductContent = Omit<Product, 'productId' | 'owner' | 'version' | 'createdAt' | 'updatedAt'>;

/** The names of the events of a product in the log. */
export const PRODUCT_EVENT_TYPES = [
  'PRODUCT_CREATED',
  'PRODUCT_UPDATED',
  'PRODUCT_PRICE_CHANGED',
  'PRODUCT_DELETED',
] as const;
export type ProductEventType = (typeof PRODUCT_EVENT_TYPES)[number];

/** A product before and after a step; null before its creation, and after its deletion `after` is its last state. */
export interface ProductStep {
  type: ProductEventType;
  before: Product | null;
  after: Product;
}
