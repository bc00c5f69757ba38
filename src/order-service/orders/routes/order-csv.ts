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

/**
 * Orders as CSV (RFC 4180): UTF-8 without a byte order mark, records end in CRLF. Text that a spreadsheet would run as a formula is
 * escaped, see `withoutFormulas`.
 */
export function toCsv(orders: readonly Order[], isFirst: boolean): string {
  return stringify(orders.map(toRow), {
    header: isFirst,
    columns: [...COLUMNS],
    record_delimiter: 'windows',
    // The library leaves a lone CR or LF without quotes; and a reader with another separator must not find it in a bare cell.
    quoted_match: /[^\w .:+-]/,
    cast: { string: withoutFormulas },
  });
}

/** Where a spreadsheet, or a reader that takes a line break for the end of the record, begins a cell. */
const LINE_START = String.raw`(?<=^|[\n\v\f\r\u0085\u2028\u2029])`;
/** Characters that begin a formula, their full-width forms too (OWASP), also behind white space that a reader takes away. */
const FORMULA = String.raw`[^\S\n\v\f\r\u0085\u2028\u2029]*[=+\-@\uff1d\uff0b\uff0d\uff20]`;
const ESCAPED = new RegExp(String.raw`${LINE_START}(?=${FORMULA}|[\t'])|^(?=[\r\n])`, 'g');

/**
 * Text with an apostrophe in front of each line that begins like a formula, or with a tab, or with an apostrophe itself; and in front of
 * a line break at its start. So the original can be told: take away one apostrophe at the start of each line.
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

/** JSON on one line, so that nothing in it is ever escaped as a formula: JSON itself leaves these three as they are. */
const toJsonCell = (value: unknown): string =>
  JSON.stringify(value).replaceAll(
    /[\u0085\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

export const CSV_EXAMPLE = `${COLUMNS.join(',')}\r\n`;
