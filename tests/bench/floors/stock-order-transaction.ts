import { productIdOf, productStatements, skuOf, sqlSkuOf } from '../seeded-products';
import {
  constantParameters,
  CREATE_ORDER_TRANSACTION,
  exampleOrder,
  RANDOM_BELOW,
  toStatement,
} from './create-order-transaction';
import { type FloorScript } from './floor-script';

/** Number of stock-kept products of which each order takes two. */
export const FLOOR_PRODUCTS = 1_000;

const FIRST = '(:first::int)';
/** Another product than the first one. */
const SECOND = `((:first::int + 1 + :distance::int) % ${String(FLOOR_PRODUCTS)})`;

/** As long as the name of a seeded product is on average. */
const NAME = 'walnut kitchen lamp baaaab 00000031';

/** The rows of an order and its lines, which are products of the catalogue. */
const INSERT_ORDER = toStatement(`
  WITH placed AS (
    INSERT INTO orders (order_id, client_id, customer_id, currency, total_minor, status, version, metadata,
                        created_at, updated_at, checked_at, is_stock_kept)
    VALUES (NEW_UUID, :client, 'customer-' || UNIQUE_TEXT, 'USD', 8740, 'PENDING_SHIPMENT', 1, '{}', now(), now(), now(), true))
  INSERT INTO order_items (order_id, line, product_id, quantity, unit_price_minor, catalogue_id, name, is_stock_kept)
  VALUES (NEW_UUID, 1, ${sqlSkuOf(FIRST)}, 1, 7990, ${productIdOf(FIRST)}, :name, true),
         (NEW_UUID, 2, ${sqlSkuOf(SECOND)}, 3, 250, ${productIdOf(SECOND)}, :name, true)`);

/** Locks the stock of both products in the order of their ids, and reserves what the order needs. */
const RESERVE = `
  WITH needed (product_id, quantity) AS (VALUES (${productIdOf(FIRST)}, 1), (${productIdOf(SECOND)}, 3)),
  locked AS MATERIALIZED (
    SELECT s.product_id FROM stock s
     WHERE s.product_id IN (${productIdOf(FIRST)}, ${productIdOf(SECOND)}) ORDER BY s.product_id FOR NO KEY UPDATE),
  reserved AS (
    UPDATE stock s SET reserved = s.reserved + n.quantity, version = s.version + 1, updated_at = now()
      FROM needed n JOIN locked l ON l.product_id = n.product_id
     WHERE s.product_id = n.product_id
    RETURNING s.product_id, s.stock_id, s.version, n.quantity)`;

const RECORD = `
  INSERT INTO stock_ledger (product_id, cause, delta_on_hand, delta_reserved, order_id, actor, occurred_at)
  SELECT product_id, 'order_placed', 0, quantity, NEW_UUID, :client, now() FROM reserved`;

const REPORT = `
  INSERT INTO events (event_id, subject_type, subject_id, owner, version, type, payload, actor, correlation_id, traceparent, occurred_at)
  SELECT gen_random_uuid(), 'stock', stock_id, :client, version, 'STOCK_RESERVED', :stock_payload::jsonb, :client, gen_random_uuid()::text,
         :traceparent, now()
    FROM reserved`;

/** The transaction of an order with other statements for its lines and, before COMMIT, one for the stock. */
const transactionWith = (reserve: string): string[] =>
  CREATE_ORDER_TRANSACTION.flatMap((statement) => {
    if (statement.includes('INSERT INTO orders')) return [INSERT_ORDER];
    return statement === 'COMMIT' ? [toStatement(reserve), statement] : [statement];
  });

function scriptWith(reserve: string, constants: Readonly<Record<string, string>>): FloorScript {
  return {
    prepare: [...productStatements(FLOOR_PRODUCTS), 'ANALYZE stock'],
    statements: transactionWith(reserve),
    constants: { ...constantParameters(stockOrder()), name: NAME, ...constants },
    randomBelow: { ...RANDOM_BELOW, first: FLOOR_PRODUCTS, distance: FLOOR_PRODUCTS - 1 },
  };
}

/** An order of two products of the catalogue, and its event. */
const stockOrder = () =>
  exampleOrder(
    [
      { quantity: 1, unitPrice: 7_990 },
      { quantity: 3, unitPrice: 250 },
    ].map((item, n) => ({ ...item, productId: skuOf(n), catalogue: { productId: PRODUCT_ID, name: NAME } })),
  );

const PRODUCT_ID = '01900000-0000-7000-8000-000000000000';

const stockPayload = (): string =>
  JSON.stringify({
    stock: {
      product_id: PRODUCT_ID,
      sku: skuOf(0),
      on_hand: 1_000_000_000,
      reserved: 1_000,
      available: 999_999_000,
      low_stock_threshold: null,
      backorder_limit: 0,
      version: 1_000,
      updated_at: new Date().toISOString(),
    },
    change: { on_hand: 0, reserved: 1, causes: { order_placed: 1 } },
  });

/**
 * The rows of an order and, for each of its two products, the stock and an entry of its ledger: for each schema, the newest first, as
 * {@link CREATE_ORDER_SCRIPTS}.
 */
export const STOCK_ORDER_SCRIPTS: readonly FloorScript[] = [scriptWith(RESERVE + RECORD, {})];

/** The same rows and the event of each of the two stocks: everything that the service writes for an order that is alone. */
export const STOCK_ORDER_WITH_EVENTS_SCRIPTS: readonly FloorScript[] = [
  scriptWith(`${RESERVE}, recorded AS (${RECORD}) ${REPORT}`, { stock_payload: stockPayload() }),
];
