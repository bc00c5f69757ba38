import { toJsonAmount } from '../../../shared/contracts/money';
import { type OrderResource } from '../../../shared/contracts/order-resource';
import { type Order } from './order';
import { snapshotOf } from './order-snapshot';

/** The order as the API shows it: snake_case, amounts as JSON numbers, times in ISO 8601 UTC. */
export function toOrderResource(order: Order): OrderResource {
  const { items } = snapshotOf(order);
  return {
    order_id: order.orderId,
    customer_id: order.customerId,
    items,
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
