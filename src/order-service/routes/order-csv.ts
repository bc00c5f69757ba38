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

/** Orders as CSV (RFC 4180). Cells that a spreadsheet would run as a formula are escaped. */
export function toCsv(orders: readonly Order[], isFirst: boolean): string {
  return stringify(orders.map(toRow), {
    header: isFirst,
    columns: [...COLUMNS],
    record_delimiter: 'windows',
    escape_formulas: true,
  });
}

function toRow(order: Order): Record<(typeof COLUMNS)[number], string | number | null> {
  const { items, shipping, metadata, ...rest } = toOrderResource(order);
  return {
    ...rest,
    items: JSON.stringify(items),
    carrier: shipping?.carrier ?? null,
    tracking_number: shipping?.tracking_number ?? null,
    estimated_delivery: shipping?.estimated_delivery ?? null,
    metadata: JSON.stringify(metadata),
  };
}

export const CSV_EXAMPLE = `${COLUMNS.join(',')}\r\n`;
