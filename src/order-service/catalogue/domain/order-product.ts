import { type Currency, type MinorUnits } from '../../../shared/contracts/money';

/** What an order needs to know of a product. */
export interface OrderProduct {
  productId: string;
  sku: string;
  name: string;
  price: MinorUnits;
  currency: Currency;
  isActive: boolean;
}

export interface ProductKey {
  owner: string;
  sku: string;
}
