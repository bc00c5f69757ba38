import { type OrderSort, type ListPosition } from '../domain/order-list';
import {
  columnsOf,
  filterConditions,
  hasTime,
  otherConditions,
  parameters,
  positionConditions,
  productConditions,
  rangeConditions,
  sourceConditions,
  splitsByStatus,
  type AddValue,
  type ListRequest,
  type Source,
} from './order-list-conditions';
import { IS_FAR_BEHIND, pendingOrders } from './order-list-updates';
import { ORDER_COLUMNS } from './order-store';

export interface Statement {
  text: string;
  values: unknown[];
}

/**
 * The statement of a page. Each client and each status is a separate branch, so that each branch reads a short range of one index that is
 * already in sort order; the results of the branches are merged. Filters on columns that this index lacks are checked row by row: OFFSET 0
 * keeps PostgreSQL from choosing another index for them, whose range can be much longer. Orders that have changed since the order list was
 * updated are read from their own table.
 *
 * @param until the page ends at this position at the latest.
 */
export function pageStatement(request: ListRequest, until: ListPosition | null): Statement {
  const { sort, limit } = request;
  const { values, add } = parameters();
  const atMost = `LIMIT ${add(limit)}::int`;
  const branches = branchesOf(request, add);
  const conditions = rangeConditions(request, until, add);
  const others = otherConditions(request, add);
  const entries = `SELECT o.order_id, o.${sort.column} AS sort_key${columnsOf(request)} FROM order_list o
              WHERE ${[...conditions, NOT_PENDING].join(' AND ')} ORDER BY ${orderBy(sort, 'o', sort.column)}`;
  const found =
    others.length === 0
      ? `${entries} ${atMost}`
      : `SELECT o.order_id, o.sort_key FROM (${entries} OFFSET 0) AS o
              WHERE ${others.join(' AND ')} ORDER BY ${orderBy(sort, 'o', 'sort_key')} ${atMost}`;
  const page = `
      SELECT found.order_id, found.sort_key FROM ${branches} CROSS JOIN LATERAL (
             ${found}) AS found
       ORDER BY ${orderBy(sort, 'found', 'sort_key')} ${atMost}`;
  return { text: withColumns(request, withPending(request, page, until, add), add), values };
}

/**
 * The position up to which a page reads at most `entries` entries of the index in sort order: the nearest of the positions of the branches.
 * Returns no row when fewer entries are left.
 */
export function positionStatement(request: ListRequest, entries: number): Statement {
  const { sort } = request;
  const { values, add } = parameters();
  const branches = branchesOf(request, add);
  const conditions = rangeConditions(request, null, add);
  const clients = request.clientId === null ? '(SELECT count(*) FROM clients)' : '1';
  const statuses = splitsByStatus(request) ? request.filter.statuses?.length : 1;
  const text = `
    SELECT page.order_id, ${sortValue(sort)} AS sort_value
      FROM ${branches} CROSS JOIN LATERAL (
           SELECT o.order_id, o.${sort.column} AS sort_key FROM order_list o
            WHERE ${conditions.join(' AND ')}
            ORDER BY ${orderBy(sort, 'o', sort.column)}
           OFFSET greatest(100, ${add(entries)}::bigint / (${clients} * ${statuses})) LIMIT 1) AS page
     ORDER BY ${orderBy(sort, 'page', 'sort_key')} LIMIT 1`;
  return { text, values };
}

/** The page, found by reading a whole source and sorting the matching orders. */
export function sourceStatement(request: ListRequest, source: Source): Statement {
  const { sort, limit } = request;
  const { values, add } = parameters();
  const columns =
    'o.order_id, o.client_id, o.status, o.customer_id, o.created_at, o.updated_at, o.total_amount';
  const rows =
    source.table === 'order_items'
      ? `(SELECT DISTINCT i.order_id FROM order_items i WHERE i.product_id = ${add(request.filter.productId)}) AS line
         CROSS JOIN LATERAL (SELECT ${columns} FROM order_list o WHERE o.order_id = line.order_id OFFSET 0) AS o`
      : `${clientsOf(request, add)}${source.by === 'status' ? statusesOf(request, add) : ''}
         CROSS JOIN LATERAL (SELECT ${columns} FROM order_list o WHERE ${sourceConditions(request, source, add).join(' AND ')} OFFSET 0) AS o`;
  const conditions = [
    request.clientId === null ? 'true' : `o.client_id = ${add(request.clientId)}`,
    ...filterConditions(request.filter, add),
    ...(source.table === 'order_items' ? [] : productConditions(request.filter, add)),
    ...positionConditions(sort, request.after, null, add),
    NOT_PENDING,
  ];
  const page = `
      SELECT o.order_id, o.${sort.column} AS sort_key FROM ${rows}
       WHERE ${conditions.join(' AND ')}
       ORDER BY ${orderBy(sort, 'o', sort.column)} LIMIT ${add(limit)}::int`;
  return { text: withColumns(request, withPending(request, page, null, add), add), values };
}

/** One row with an array of the entry counts of the sources; each count stops at the limit. */
export function countStatement(
  request: ListRequest,
  sources: readonly Source[],
  countUpTo: number,
): Statement {
  const { values, add } = parameters();
  const atMost = `LIMIT ${add(countUpTo)}::int`;
  const counts = sources.map((source) => {
    const entries =
      source.table === 'order_items'
        ? `SELECT FROM order_items i WHERE i.product_id = ${add(request.filter.productId)} ${atMost}`
        : `SELECT FROM ${clientsOf(request, add)}${source.by === 'status' ? statusesOf(request, add) : ''}
           CROSS JOIN LATERAL (
             SELECT FROM order_list o WHERE ${sourceConditions(request, source, add).join(' AND ')} ${atMost}) AS o ${atMost}`;
    return `(SELECT count(*)::int FROM (${entries}) AS entries)`;
  });
  return { text: `SELECT ARRAY[${counts.join(', ')}] AS counts`, values };
}

/** The sources of a list; none for a list whose filters are all covered by the index in sort order. */
export function sourcesOf(request: ListRequest): Source[] {
  const { filter, sort } = request;
  if (otherConditions(request, () => '').length === 0) return [];
  const prefixes = [
    ...(filter.customerId === undefined ? [] : (['customer'] as const)),
    ...(filter.statuses ? (['status'] as const) : []),
  ];
  const times = [
    ...(hasTime(filter, 'created_at') ? (['created_at'] as const) : []),
    ...(hasTime(filter, 'updated_at') ? (['updated_at'] as const) : []),
  ];
  const [ofPage = null] = prefixes;
  const ranges = (prefixes.length > 0 ? prefixes : [null]).flatMap((by) =>
    (times.length > 0 ? times : [null]).map((time) => ({ table: 'orders', by, time }) as const),
  );
  return [
    ...(filter.productId === undefined ? [] : [{ table: 'order_items' } as const]),
    ...ranges.filter(({ by, time }) => by !== ofPage || (time !== null && time !== sort.column)),
  ];
}

const branchesOf = (request: ListRequest, add: AddValue): string =>
  `${clientsOf(request, add)}${splitsByStatus(request) ? statusesOf(request, add) : ''}`;

const clientsOf = ({ clientId }: ListRequest, add: AddValue): string =>
  `(${clientId === null ? 'SELECT client_id FROM clients' : `SELECT ${add(clientId)}::text AS client_id`}) AS c`;

const statusesOf = ({ filter }: ListRequest, add: AddValue): string =>
  ` CROSS JOIN unnest(${add(filter.statuses)}::text[]) AS s (status)`;

function orderBy({ descending }: OrderSort, table: string, column: string): string {
  const direction = descending ? 'DESC' : 'ASC';
  return `${table}.${column} ${direction}, ${table}.order_id ${direction}`;
}

/** The order has not changed since the order list was updated. */
const NOT_PENDING = 'o.order_id NOT IN (SELECT order_id FROM pending)';

/** Merges a page of the order list with the orders that have changed since; both are at most a page. */
function withPending(
  { clientId, filter, sort, after, limit }: ListRequest,
  page: string,
  until: ListPosition | null,
  add: AddValue,
): string {
  const atMost = `LIMIT ${add(limit)}::int`;
  const conditions = [
    clientId === null ? 'true' : `o.client_id = ${add(clientId)}`,
    ...filterConditions(filter, add),
    ...productConditions(filter, add),
    ...positionConditions(sort, after, until, add),
  ];
  return `
      SELECT found.order_id, found.sort_key FROM (
             (${page})
             UNION ALL
             (SELECT o.order_id, o.${sort.column} FROM pending JOIN orders o ON o.order_id = pending.order_id
               WHERE ${conditions.join(' AND ')}
               ORDER BY ${orderBy(sort, 'o', sort.column)} ${atMost})) AS found
       ORDER BY ${orderBy(sort, 'found', 'sort_key')} ${atMost}`;
}

/**
 * Reads the complete orders of a page of ids. `is_far_behind` says that the page is not valid because too many events wait; therefore a page
 * without orders has one row.
 */
const withColumns = ({ clientId, sort }: ListRequest, page: string, add: AddValue): string => `
    WITH ${pendingOrders(clientId === null ? null : `${add(clientId)}::text`)},
    page AS MATERIALIZED (${page})
    SELECT ${ORDER_COLUMNS}, ${sortValue(sort)} AS sort_value, ${IS_FAR_BEHIND} AS is_far_behind
      FROM (SELECT) AS one LEFT JOIN page ON true LEFT JOIN orders o ON o.order_id = page.order_id
     ORDER BY ${orderBy(sort, 'page', 'sort_key')}`;

/** The complete value as text: a JSON number cannot represent every amount. */
const sortValue = ({ column }: OrderSort): string =>
  column === 'total_amount'
    ? 'page.sort_key::text'
    : `to_char(page.sort_key AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
