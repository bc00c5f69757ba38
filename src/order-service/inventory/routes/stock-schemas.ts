import { createHash } from 'node:crypto';
import { type Request } from 'express';
import { z } from 'zod';
import { productParams } from '../../../shared/contracts/product-resource';
import { EXAMPLE_STOCK, stockResource, type StockResource } from '../../../shared/contracts/stock-resource';
import { text, uuid } from '../../../shared/contracts/text';
import { utcTimestamp } from '../../../shared/contracts/timestamps';
import { AppError, type ExpectedVersions } from '../../../shared/errors';
import { expectedVersions } from '../../../shared/http/conditional-requests';
import { PRODUCT_NOT_FOUND } from '../../catalogue/domain/problem-types';
import { parseProductRef } from '../../catalogue/domain/product-ref';
import { type StockOrder } from '../domain/set-stock';
import { LEDGER_CAUSES, MAX_UNITS } from '../domain/stock';
import { type ProductRequest } from '../use-cases/change-stock';
import { type LedgerEntry } from '../use-cases/read-stock';

export const STOCK_TAG = 'stock';

/** The members of the declarations of operations on the stock of one product. */
export const OF_STOCK = {
  tag: STOCK_TAG,
  path: '/products/{product}/stock',
  params: productParams,
  notFound: PRODUCT_NOT_FOUND,
} as const;

/** @throws AppError `not_found` (`product_not_found`) */
export function productRequest(
  { product }: z.output<typeof productParams>,
  owner: string,
  visibleOwner: string | null,
): ProductRequest {
  const ref = parseProductRef(product, owner);
  if (!ref) throw new AppError(PRODUCT_NOT_FOUND, PRODUCT_NOT_FOUND.detail);
  return { ref, visibleOwner };
}

const units = (description: string) => z.int().min(0).max(MAX_UNITS).describe(description);

const settings = {
  low_stock_threshold: units('the stock is low when no more units are available; null: never')
    .nullable()
    .optional(),
  backorder_limit: units('how many more units than on hand can be reserved').optional(),
};

const setBody = z.strictObject({ on_hand: units('the number of units in the warehouse'), ...settings });

const adjustBody = z.strictObject({
  adjust: z
    .int()
    .min(-MAX_UNITS)
    .max(MAX_UNITS)
    .describe('how many units came, or, if negative, went; 0 changes only the settings'),
  reason: text(1, 200).describe('stands in the ledger'),
  ...settings,
});

/** Settings that are absent stay as they are. */
export const stockBody = z.union([setBody, adjustBody]);

export function toStockOrder(body: z.output<typeof stockBody>): StockOrder {
  const { low_stock_threshold: lowStockThreshold, backorder_limit: backorderLimit } = body;
  const change =
    'on_hand' in body ? { onHand: body.on_hand } : { adjust: body.adjust, reason: body.reason };
  return { lowStockThreshold, backorderLimit, ...change };
}

/** The entity tag of stock: its version, and its sku, which changes with the product. */
export const tagOfStock = ({ version, sku }: Pick<StockResource, 'version' | 'sku'>): string =>
  `"${version}-${createHash('sha256').update(sku).digest('hex').slice(0, 8)}"`;

/** The versions that `If-Match` accepts; null: any. The version alone is accepted as a tag, too. */
export const expectedStockVersions = (request: Request): ExpectedVersions =>
  expectedVersions(request, /^"([1-9]\d{0,9})(?:-[0-9a-f]{8})?"$/);

export const stockList = z
  .object({ data: z.array(stockResource), next_cursor: z.string().nullable() })
  .meta({ id: 'StockList' });

export const ledgerEntry = z
  .object({
    entry_id: z.string().describe('increases with time'),
    cause: z.enum(LEDGER_CAUSES),
    change: z.object({
      on_hand: z.int().describe('by how much `on_hand` changed'),
      reserved: z.int().describe('by how much `reserved` changed'),
    }),
    order_id: uuid.nullable(),
    reservation_id: uuid.nullable(),
    reason: z.string().nullable(),
    actor: z.string().describe('the client or service that caused the change'),
    occurred_at: utcTimestamp,
  })
  .meta({ id: 'StockLedgerEntry' });

export const ledgerList = z
  .object({ data: z.array(ledgerEntry), next_cursor: z.string().nullable() })
  .meta({ id: 'StockLedger' });

export const toLedgerResource = (entry: LedgerEntry): z.infer<typeof ledgerEntry> => ({
  entry_id: entry.entryId,
  cause: entry.cause,
  change: { on_hand: entry.onHand, reserved: entry.reserved },
  order_id: entry.orderId,
  reservation_id: entry.reservationId,
  reason: entry.reason,
  actor: entry.actor,
  occurred_at: entry.occurredAt.toISOString(),
});

export const EXAMPLE_LEDGER_ENTRY: z.infer<typeof ledgerEntry> = {
  entry_id: '42',
  cause: 'order_placed',
  change: { on_hand: 0, reserved: 1 },
  order_id: '01a1fc42-fc03-72fd-b531-1111a4fbee12',
  reservation_id: null,
  reason: null,
  actor: 'lamp-shop',
  occurred_at: EXAMPLE_STOCK.updated_at,
};
