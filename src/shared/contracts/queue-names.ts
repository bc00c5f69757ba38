/** Order Service → Delivery Service. */
export const ORDERS_QUEUE = 'orders-queue.fifo';

/** Delivery Service → Order Service. */
export const DELIVERY_STATUS_QUEUE = 'delivery-status-queue.fifo';

/** The queues that work goes through; each has its dead letters. */
export const LIVE_QUEUES: readonly string[] = [ORDERS_QUEUE, DELIVERY_STATUS_QUEUE];
