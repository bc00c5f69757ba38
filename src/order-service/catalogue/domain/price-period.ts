import { type Currency, type MinorUnits } from '../../../shared/contracts/money';

/** A price that a product has, or had. */
export interface PricePeriod {
  /** The version of the product that had it first. */
  version: number;
  validFrom: Date;
  price: MinorUnits;
  currency: Currency;
  actor: string;
}
