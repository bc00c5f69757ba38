import { stringify } from 'csv-stringify/sync';
import { type Order } from '../domain/order';
import { toOrderResource } from '../domain/order-resource';

const COLUMNS = [
  'order_id',
  'customer_id',
  'status',
  'currency',
  'total_amount',
  'items',
  'cancellation',
  'carrier',
  'tracking_number',
  'estimated_delivery',
  'metadata',
  'version',
  'created_at',
  'updated_at',
] as const;

export const CSV_EXAMPLE = `${COLUMNS.join(',')}\r\n`;

/**
 * Orders as CSV (RFC 4180): UTF-8 without a byte order mark, records end in CRLF. Text that a spreadsheet would run as a formula is
 * escaped, see `withoutFormulas`.
 */
export function toCsv(orders: readonly Order[], isFirst: boolean): string {
  return stringify(orders.map(toRow), {
    header: isFirst,
    columns: [...COLUMNS],
    record_delimiter: 'windows',
    // The library does not quote a lone CR or LF, and an unquoted cell must not contain the separator of another reader.
    quoted_match: /[^\w .:+-]/,
    cast: { string: withoutFormulas },
  });
}

/** The start of a cell for a spreadsheet, or for a reader that takes a line break for the end of the record. */
const LINE_START = String.raw`(?<=^|[\n\v\f\r\u0085\u2028\u2029])`;
/** Characters that begin a formula, including their full-width forms (OWASP), also after white space that a reader trims. */
const FORMULA = String.raw`[^\S\n\v\f\r\u0085\u2028\u2029]*[=+\-@\uff1d\uff0b\uff0d\uff20]`;
const ESCAPED = new RegExp(String.raw`${LINE_START}(?=${FORMULA}|[\t'])|^(?=[\r\n])`, 'g');

/**
 * Puts an apostrophe before each line that begins like a formula, with a tab or with an apostrophe, and before a line break at the start of
 * the text. Removing one apostrophe from the start of each line restores the original.
 */
export function withoutFormulas(text: string): string {
  return text.replaceAll(ESCAPED, "'");
}

function toRow(order: Order): Record<(typeof COLUMNS)[number], string | number | null> {
  const { items, shipping, metadata, ...rest } = toOrderResource(order);
  return {
    ...rest,
    items: toJsonCell(items),
    carrier: shipping?.carrier ?? null,
    tracking_number: shipping?.tracking_number ?? null,
    estimated_delivery: shipping?.estimated_delivery ?? null,
    metadata: toJsonCell(metadata),
  };
}

/** JSON on one line, so that no part of it is escaped as a formula. JSON.stringify leaves these three characters unescaped. */
const toJsonCell = (value: unknown): string =>
  JSON.stringify(value).replaceAll(
    /[\u0085\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
