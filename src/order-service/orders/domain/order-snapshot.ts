import { toJsonAmount } from '../../../shared/contracts/money';
import { type OrderSnapshot } from '../../../shared/contracts/order-messages';
import { type Order } from './order';

/** The order as the Delivery Service is told of it. */
export function snapshotOf(order: Order): OrderSnapshot {
  return {
    client_id: order.clientId,
    customer_id: order.customerId,
    items: order.items.map((item) => ({
      product_id: item.productId,
      quantity: item.quantity,
      unit_price: toJsonAmount(item.unitPrice, order.currency),
    })),
    currency: order.currency,
    total_amount: toJsonAmount(order.total, order.currency),
  };
}
