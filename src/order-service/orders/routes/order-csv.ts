import { stringify } from 'csv-stringify/sync';
import { CSV_OPTIONS, toJsonCell } from '../../../shared/http/csv-text';
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
    ...CSV_OPTIONS,
    header: isFirst,
    columns: [...COLUMNS],
  });
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
