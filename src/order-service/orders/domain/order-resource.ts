import { type OrderSnapshot } from '../../../shared/contracts/messages';
import { type Currency, toJsonAmount } from '../../../shared/contracts/money';
import { type OrderResource } from '../../../shared/contracts/order-resource';
import { type Order, type OrderItem } from './order';

/** The order as the API shows it: snake_case, amounts as JSON numbers, times in ISO 8601 UTC. */
export function toOrderResource(order: Order): OrderResource {
  return {
    order_id: order.orderId,
    customer_id: order.customerId,
    items: order.items.map((item) => ({
      ...toItem(item, order.currency),
      ...(item.catalogue && { name: item.catalogue.name }),
    })),
    currency: order.currency,
    total_amount: toJsonAmount(order.total, order.currency),
    status: order.status,
    version: order.version,
    cancellation: order.cancellation,
    shipping: order.shipping && {
      carrier: order.shipping.carrier,
      tracking_number: order.shipping.trackingNumber,
      estimated_delivery: order.shipping.estimatedDelivery?.toISOString() ?? null,
    },
    metadata: order.metadata,
    created_at: order.createdAt.toISOString(),
    updated_at: order.updatedAt.toISOString(),
  };
}

/** The order as messages to the Delivery Service carry it. */
export function snapshotOf(order: Order): OrderSnapshot {
  return {
    client_id: order.clientId,
    customer_id: order.customerId,
    items: order.items.map((item) => toItem(item, order.currency)),
    currency: order.currency,
    total_amount: toJsonAmount(order.total, order.currency),
  };
}

const toItem = (item: OrderItem, currency: Currency): OrderSnapshot['items'][number] => ({
  product_id: item.productId,
  quantity: item.quantity,
  unit_price: toJsonAmount(item.unitPrice, currency),
});
