import { z } from 'zod';

/**
 * The active currencies of ISO 4217 as of amendment 180 (BGN left on 1 January 2026), by number of decimals: list one without funds
 * codes, units of account, precious metals and test codes.
 */
const CODES_BY_DECIMALS = {
  0: 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF',
  2:
    'AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP ' +
    'CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES ' +
    'KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK ' +
    'NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB ' +
    'TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG',
  3: 'BHD IQD JOD KWD LYD OMR TND',
} as const;

const DECIMALS = new Map(
  Object.entries(CODES_BY_DECIMALS).flatMap(([decimals, codes]) =>
    codes.split(' ').map((code): [string, number] => [code, Number(decimals)]),
  ),
);

/** Every code that {@link currency} accepts, sorted. */
export const CURRENCY_CODES: readonly string[] = [...DECIMALS.keys()].sort();

/** An ISO 4217 alphabetic code of an active currency. */
export const currency = z
  .enum([...DECIMALS.keys()].sort() as [string, ...string[]], 'must be an ISO 4217 currency code')
  .meta({ id: 'Currency', description: 'an ISO 4217 code of an active currency' })
  .brand('Currency');

export type Currency = z.infer<typeof currency>;

/** The number of decimals of amounts in this currency (the "minor unit" column of ISO 4217). */
export function currencyDecimals(code: Currency): number {
  return DECIMALS.get(code) ?? 2;
}

/** An amount in the currency's smallest unit, always a safe integer: 1999 is 19.99 USD, 1999 JPY or 1.999 KWD. */
export type MinorUnits = number;

/**
 * An amount as a JSON number, which must still be checked against its currency ({@link toMinorUnits}). The bounds follow from the 53 bits
 * of a double: below them adjacent doubles are less than one minor unit apart.
 */
export const amount = z
  .number()
  .positive()
  .max(Number.MAX_SAFE_INTEGER, 'is larger than an amount can be in any currency')
  .describe(
    'greater than 0, with no more decimals than its currency has (ISO 4217). Every amount below 2^53 in a currency without ' +
      'decimals, 2^46 (70368744177664) in one with two, and 2^43 (8796093022208) in one with three is exact. Above that, an ' +
      'amount that a double (IEEE 754 binary64) cannot hold exactly is refused, never rounded',
  );

/**
 * Converts a JSON number to minor units without float arithmetic: the number's shortest decimal form is the one that the sender wrote.
 * Null when the number has more decimals than the currency or is too large.
 */
export function toMinorUnits(amount: number, currency: Currency): MinorUnits | null {
  const match = /^(\d+)(?:\.(\d+))?$/.exec(String(amount));
  const [, whole = '', fraction = ''] = match ?? [];
  const decimals = currencyDecimals(currency);
  if (!match || fraction.length > decimals) return null;
  const minor = Number(whole + fraction.padEnd(decimals, '0'));
  return Number.isSafeInteger(minor) ? minor : null;
}

/** Why {@link toMinorUnits} refuses an amount: the message about a member of a request. */
export function amountFault(amount: number, currency: Currency): string {
  const largest = toJsonAmount(Number.MAX_SAFE_INTEGER, currency);
  if (amount > largest) return `must be at most ${largest} ${currency}`;
  return `must be an amount in ${currency}, with no more decimals than that currency has`;
}

/** Converts minor units to a JSON number: 1999 USD cents become 19.99. */
export function toJsonAmount(minor: MinorUnits, currency: Currency): number {
  const decimals = currencyDecimals(currency);
  const digits = String(minor).padStart(decimals + 1, '0');
  const cut = digits.length - decimals;
  return Number(`${digits.slice(0, cut)}.${digits.slice(cut)}`);
}

/** The sum of price × quantity in minor units; null when it exceeds 2^53 or when a JSON number could not represent it exactly. */
export function totalOf(
  items: readonly { unitPrice: MinorUnits; quantity: number }[],
  currency: Currency,
): MinorUnits | null {
  const sum = items.reduce((total, item) => total + BigInt(item.unitPrice) * BigInt(item.quantity), 0n);
  if (sum > BigInt(Number.MAX_SAFE_INTEGER)) return null;
  const total = Number(sum);
  return toMinorUnits(toJsonAmount(total, currency), currency) === total ? total : null;
}
