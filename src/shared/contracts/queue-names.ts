/** Order Service → Delivery Service. */
export const ORDERS_QUEUE = 'orders-queue.fifo';

/** Delivery Service → Order Service. */
export const DELIVERY_STATUS_QUEUE = 'delivery-status-queue.fifo';
