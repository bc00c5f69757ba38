import { isOversold, type StockFaults } from './stock-books';

/** The stock of a product at one moment, with the sums of its ledger, of open orders and of active reservations. */
export interface StockMoment {
  name: string;
  onHand: number;
  reserved: number;
  backorderLimit: number;
  ledgerOnHand: number;
  ledgerReserved: number;
  promised: number;
}

export function momentFaults(moments: readonly StockMoment[]): StockFaults {
  return {
    oversold: moments
      .filter((moment) => isOversold(moment, moment.backorderLimit))
      .map((moment) => `while orders are placed: ${JSON.stringify(moment)}`),
    differences: moments
      .filter(
        ({ onHand, reserved, ledgerOnHand, ledgerReserved, promised }) =>
          onHand !== ledgerOnHand || reserved !== ledgerReserved || reserved !== promised,
      )
      .map((moment) => `while orders are placed: ${JSON.stringify(moment)}`),
  };
}
