import { type OrderStatus } from '../../../shared/contracts/status-machines';

export const ORDER_SORT_COLUMNS = ['created_at', 'updated_at', 'total_amount'] as const;

export interface OrderSort {
  column: (typeof ORDER_SORT_COLUMNS)[number];
  descending: boolean;
}

/** Which orders a list shows; what is undefined does not matter. Times: from inclusive, to exclusive. */
export interface OrderFilter {
  statuses?: readonly OrderStatus[] | undefined;
  customerId?: string | undefined;
  productId?: string | undefined;
  createdFrom?: Date | undefined;
  createdTo?: Date | undefined;
  updatedFrom?: Date | undefined;
  updatedTo?: Date | undefined;
}

/** Where a page ended: what its last order is sorted by, as text, and its id, which breaks ties. */
export interface ListPosition {
  value: string;
  orderId: string;
}

export interface OrderListRequest {
  filter: OrderFilter;
  sort: OrderSort;
  /** The page begins behind this; null: the first page. */
  after: ListPosition | null;
  limit: number;
}
