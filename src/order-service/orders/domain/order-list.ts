import { type OrderStatus } from '../../../shared/contracts/status-machines';

export const ORDER_SORT_COLUMNS = ['created_at', 'updated_at', 'total_amount'] as const;

export interface OrderSort {
  column: (typeof ORDER_SORT_COLUMNS)[number];
  descending: boolean;
}

/** The filters of a list; an undefined member does not filter. Times: from inclusive, to exclusive. */
export interface OrderFilter {
  statuses?: readonly OrderStatus[] | undefined;
  customerId?: string | undefined;
  productId?: string | undefined;
  createdFrom?: Date | undefined;
  createdTo?: Date | undefined;
  updatedFrom?: Date | undefined;
  updatedTo?: Date | undefined;
}

/** The end of a page: the sort value of its last order, as text, and the order id, which breaks ties. */
export interface ListPosition {
  value: string;
  orderId: string;
}

export interface OrderListRequest {
  filter: OrderFilter;
  sort: OrderSort;
  /** The page begins after this position; null: the first page. */
  after: ListPosition | null;
  limit: number;
}
