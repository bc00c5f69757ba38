import { createHash } from 'node:crypto';
import { type Request } from 'express';
import { z } from 'zod';
import { productParams } from '../../../shared/contracts/product-resource';
import { EXAMPLE_STOCK, stockResource, type StockResource } from '../../../shared/contracts/stock-resource';
import { text, uuid } from '../../../shared/contracts/text';
import { utcTimestamp } from '../../../shared/contracts/timestamps';
import { AppError } from '../../../shared/errors';
import { ALL, etagOf, includesWeakly, tagsIn } from '../../../shared/http/conditional-requests';
import { PRODUCT_NOT_FOUND } from '../../catalogue/domain/problem-types';
import { parseProductRef } from '../../catalogue/domain/product-ref';
import { type StockOrder } from '../domain/set-stock';
import { LEDGER_CAUSES, type LedgerEntry, MAX_UNITS, type StockLevel } from '../domain/stock';
import { toStockResource } from '../domain/stock-resource';
import { type ExpectedStock, type ProductRequest } from '../use-cases/change-stock';

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

/** Checks the body against the form that it seems to have: the error of a union would name no member. */
function checkForm(body: unknown, context: z.RefinementCtx): unknown {
  const isAdjustment = typeof body === 'object' && body !== null && ('adjust' in body || 'reason' in body);
  const { error } = (isAdjustment ? adjustBody : setBody).safeParse(body);
  if (!error) return body;
  for (const issue of error.issues.flatMap(namingMembers)) context.issues.push(issue);
  return z.NEVER;
}

/** An issue about unknown members would not end the validation. */
function namingMembers(issue: z.core.$ZodIssue): z.core.$ZodRawIssue[] {
  if (issue.code !== 'unrecognized_keys') return [issue as z.core.$ZodRawIssue];
  return issue.keys.map((key) => ({
    code: 'custom',
    path: [...issue.path, key],
    message: 'is not a known member, or excludes another one',
    input: undefined,
  }));
}

/** Settings that are absent stay as they are. */
export const stockBody = z.preprocess(checkForm, z.union([setBody, adjustBody]));

export function toStockOrder(body: z.output<typeof stockBody>): StockOrder {
  const { low_stock_threshold: lowStockThreshold, backorder_limit: backorderLimit } = body;
  const change = 'on_hand' in body ? { onHand: body.on_hand } : { adjust: body.adjust, reason: body.reason };
  return { lowStockThreshold, backorderLimit, ...change };
}

export const STOCK_ETAG = { ETag: 'the version of the stock, `-`, and a digest of the resource, quoted' };

/**
 * The entity tag of stock. The version alone would not do: the sku changes with the product, a sku in the path can name another product, and stock
 * that is kept again begins with version 1.
 */
export const tagOfStock = (stock: StockResource): string =>
  `"${stock.version}-${createHash('sha256').update(JSON.stringify(stock)).digest('hex').slice(0, 16)}"`;

/**
 * The stock that `If-Match` names by its tag or its version; `*`: any (RFC 9110 §13.1.1).
 *
 * @throws AppError `invalid_input` when the header is not a list of entity tags.
 */
export function expectedStock(request: Request): ExpectedStock {
  const tags = tagsIn(request, 'If-Match');
  if (tags === null) return () => true;
  if (tags === ALL) return (level) => level !== null;
  return (level) => level !== null && namesOf(level).some((name) => tags.includes(name));
}

/**
 * The stock that `If-None-Match` does not name; `*`: only none (RFC 9110 §13.1.2).
 *
 * @throws AppError `invalid_input` when the header is not a list of entity tags.
 */
export function otherStock(request: Request): ExpectedStock {
  const tags = tagsIn(request, 'If-None-Match');
  if (tags === null) return () => true;
  if (tags === ALL) return (level) => level === null;
  return (level) => level === null || !namesOf(level).some((name) => includesWeakly(tags, name));
}

const namesOf = (level: StockLevel): string[] => [tagOfStock(toStockResource(level)), etagOf(level.version)];

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
