import {
  type ListPosition,
  type OrderFilter,
  type OrderListRequest,
  type OrderSort,
} from '../domain/order-list';

/** A list, or the rest of one, of the orders that a client may see (null: every client's). */
export interface ListRequest extends OrderListRequest {
  clientId: string | null;
}

/**
 * An index range that contains every order of the list, as an alternative to the index in sort order: the order lines of a product, or the
 * orders of a customer, of statuses or of a period.
 */
export type Source =
  { table: 'order_items' } | { table: 'orders'; by: 'customer' | 'status' | null; time: TimeColumn | null };

export type TimeColumn = 'created_at' | 'updated_at';
/** Adds a parameter and returns its placeholder. */
export type AddValue = (value: unknown) => string;

export function parameters(): { values: unknown[]; add: AddValue } {
  const values: unknown[] = [];
  return { values, add: (value) => `$${values.push(value)}` };
}

/** A single customer has few enough orders to check their status row by row. */
export const splitsByStatus = ({ filter }: ListRequest): boolean =>
  filter.statuses !== undefined && filter.customerId === undefined;

/** The conditions of a branch that the index in sort order can look up. */
export function rangeConditions(request: ListRequest, until: ListPosition | null, add: AddValue): string[] {
  const { filter, sort, after } = request;
  return [
    'o.client_id = c.client_id',
    ...(splitsByStatus(request) ? ['o.status = s.status'] : []),
    ...(filter.customerId === undefined ? [] : [`o.customer_id = ${add(filter.customerId)}`]),
    ...(sort.column === 'total_amount' ? [] : timeConditions(filter, sort.column, add)),
    ...positionConditions(sort, after, until, add),
  ];
}

/** The conditions that are checked row by row. */
export function otherConditions(request: ListRequest, add: AddValue): string[] {
  const { filter, sort } = request;
  return [
    ...(splitsByStatus(request) ? [] : statusConditions(filter, add)),
    ...otherTimes(sort).flatMap((column) => timeConditions(filter, column, add)),
    ...productConditions(filter, add),
  ];
}

const otherTimes = (sort: OrderSort): TimeColumn[] =>
  (['created_at', 'updated_at'] as const).filter((column) => column !== sort.column);

/** The columns that {@link otherConditions} needs besides the id. There are few, because the index contains none of them. */
export function columnsOf(request: ListRequest): string {
  const { filter, sort } = request;
  const columns = [
    ...(filter.statuses && !splitsByStatus(request) ? ['status'] : []),
    ...otherTimes(sort).filter((column) => hasTime(filter, column)),
  ];
  return columns.map((column) => `, o.${column}`).join('');
}

export const filterConditions = (filter: OrderFilter, add: AddValue): string[] => [
  ...statusConditions(filter, add),
  ...(filter.customerId === undefined ? [] : [`o.customer_id = ${add(filter.customerId)}`]),
  ...timeConditions(filter, 'created_at', add),
  ...timeConditions(filter, 'updated_at', add),
];

export const sourceConditions = (
  { filter }: ListRequest,
  { by, time }: Extract<Source, { table: 'orders' }>,
  add: AddValue,
): string[] => [
  'o.client_id = c.client_id',
  ...(by === 'customer' ? [`o.customer_id = ${add(filter.customerId)}`] : []),
  ...(by === 'status' ? ['o.status = s.status'] : []),
  ...(time ? timeConditions(filter, time, add) : []),
];

const statusConditions = ({ statuses }: OrderFilter, add: AddValue): string[] =>
  statuses ? [`o.status = ANY (${add(statuses)}::text[])`] : [];

function timeConditions(filter: OrderFilter, column: TimeColumn, add: AddValue): string[] {
  const [from, to] = boundsOf(filter, column);
  return [
    ...(from ? [`o.${column} >= ${add(from)}::timestamptz`] : []),
    ...(to ? [`o.${column} < ${add(to)}::timestamptz`] : []),
  ];
}

export const hasTime = (filter: OrderFilter, column: TimeColumn): boolean =>
  boundsOf(filter, column).some((bound) => bound !== undefined);

const boundsOf = (
  filter: OrderFilter,
  column: TimeColumn,
): [from?: Date | undefined, to?: Date | undefined] =>
  column === 'created_at' ? [filter.createdFrom, filter.createdTo] : [filter.updatedFrom, filter.updatedTo];

/** OFFSET 0 makes PostgreSQL check one row at a time, whatever the planner estimates for a join. */
export const productConditions = ({ productId }: OrderFilter, add: AddValue): string[] =>
  productId === undefined
    ? []
    : [
        `EXISTS (SELECT FROM order_items i WHERE i.order_id = o.order_id AND i.product_id = ${add(productId)} OFFSET 0)`,
      ];

export function positionConditions(
  { column, descending }: OrderSort,
  after: ListPosition | null,
  until: ListPosition | null,
  add: AddValue,
): string[] {
  const type = column === 'total_amount' ? 'numeric' : 'timestamptz';
  const compare = (operator: string, { value, orderId }: ListPosition): string =>
    `(o.${column}, o.order_id) ${operator} (${add(value)}::${type}, ${add(orderId)}::uuid)`;
  return [
    ...(after ? [compare(descending ? '<' : '>', after)] : []),
    ...(until ? [compare(descending ? '>=' : '<=', until)] : []),
  ];
}
