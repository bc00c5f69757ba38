import { z } from 'zod';

/**
 * The active currencies of ISO 4217 as of amendment 180 (BGN left on 1 January 2026), by number of decimals: list one without funds
 * codes, units of account, precious metals and codes for tests.
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

/** An ISO 4217 alphabetic code that is in use today. */
export const currency = z
  .enum([...DECIMALS.keys()].sort() as [string, ...string[]], 'must be an ISO 4217 currency code')
  .meta({ id: 'Currency', description: 'an ISO 4217 code that is in use' })
  .brand('Currency');

export type Currency = z.infer<typeof currency>;

/** How many decimals amounts in this currency have (the "minor unit" column of ISO 4217). */
export function currencyDecimals(code: Currency): number {
  return DECIMALS.get(code) ?? 2;
}

/** Every code that {@link currency} accepts, sorted. */
export const CURRENCY_CODES: readonly string[] = [...DECIMALS.keys()].sort();
