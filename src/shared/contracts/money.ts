import { z } from 'zod';
import { currencyDecimals, type Currency } from './currency';

/** An amount in the currency's smallest unit, always a safe integer: 1999 is 19.99 USD, 1999 JPY or 1.999 KWD. */
export type MinorUnits = number;

/**
 * An amount as a JSON number. Its currency must still be asked ({@link toMinorUnits}). The bounds follow from the 53 bits of a double:
 * below them its neighbours are less than one minor unit away.
 */
export const amount = z
  .number()
  .positive()
  .max(Number.MAX_SAFE_INTEGER)
  .describe(
    'greater than 0, with no more decimals than its currency has (ISO 4217). Every amount below 2^53 in a currency without ' +
      'decimals, 2^46 (70368744177664) in one with two, and 2^43 (8796093022208) in one with three is exact. Above that, an ' +
      'amount that a double (IEEE 754 binary64) cannot hold exactly is refused, never rounded',
  );

/**
 * Reads a JSON number as minor units without float arithmetic: the number's shortest decimal form is what the sender wrote.
 * Null when the number has more decimals than the currency or does not fit.
 */
export function toMinorUnits(amount: number, currency: Currency): MinorUnits | null {
  const match = /^(\d+)(?:\.(\d+))?$/.exec(String(amount));
  const [, whole = '', fraction = ''] = match ?? [];
  const decimals = currencyDecimals(currency);
  if (!match || fraction.length > decimals) return null;
  const minor = Number(whole + fraction.padEnd(decimals, '0'));
  return Number.isSafeInteger(minor) ? minor : null;
}

/** The JSON number of an amount: 1999 USD cents become 19.99. */
export function toJsonAmount(minor: MinorUnits, currency: Currency): number {
  const decimals = currencyDecimals(currency);
  const digits = String(minor).padStart(decimals + 1, '0');
  const cut = digits.length - decimals;
  return Number(`${digits.slice(0, cut)}.${digits.slice(cut)}`);
}

/** Sum of price × quantity in minor units; null when it is past 2^53 or when a JSON number could not carry it exactly. */
export function totalOf(
  lines: readonly { unitPrice: MinorUnits; quantity: number }[],
  currency: Currency,
): MinorUnits | null {
  const sum = lines.reduce((total, line) => total + BigInt(line.unitPrice) * BigInt(line.quantity), 0n);
  if (sum > BigInt(Number.MAX_SAFE_INTEGER)) return null;
  const total = Number(sum);
  return toMinorUnits(toJsonAmount(total, currency), currency) === total ? total : null;
}
