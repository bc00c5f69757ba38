import { type OrderSnapshot } from '../../../shared/contracts/messages';
import { toMinorUnits } from '../../../shared/contracts/money';
import { type Cancellation, type OrderStatus } from '../../../shared/contracts/status-machines';
import { type Order, type OrderEvent, type Shipping, shippingOf } from './order';
import { type CatalogueLine } from './place-order';

/** An event of an order as the log has it. */
export interface OrderLogEvent {
  type: string;
  subjectId: string;
  owner: string;
  version: number;
  payload: unknown;
  occurredAt: Date;
}

/** The members of an order that an event can change; an absent member keeps its value. */
interface Change {
  status?: OrderStatus;
  cancellation?: Cancellation | null;
  shipment_version?: number;
  carrier?: string | null;
  tracking_number?: string | null;
  estimated_delivery?: string | null;
}

/**
 * The order after one of its events: the only way in which a step changes an order, so that the table and the log always agree. Events of
 * earlier versions lack some of the members that their steps changed; the order keeps its values of those.
 */
export function evolveOrder(order: Order, { payload }: Pick<OrderEvent, 'payload'>, at: Date): Order {
  const change = payload as Change;
  return {
    ...order,
    status: change.status ?? order.status,
    cancellation: change.cancellation === undefined ? order.cancellation : change.cancellation,
    shipping: change.carrier === undefined ? order.shipping : reportedShipping(change),
    shipmentVersion: change.shipment_version ?? order.shipmentVersion,
    version: order.version + 1,
    updatedAt: at,
  };
}

/**
 * The order as the log describes it up to its last given event. Its `shipmentVersion` is that of the last event: messages that change
 * nothing else, such as a repeated refusal, leave no event.
 *
 * @param log the events of one order, oldest first, beginning with ORDER_CREATED.
 * @throws Error when the log does not begin with ORDER_CREATED or has a gap.
 */
export function foldOrder(log: readonly OrderLogEvent[]): Order {
  const [created, ...changes] = log;
  if (created?.type !== 'ORDER_CREATED') throw new Error('the log does not begin with ORDER_CREATED');
  return changes.reduce((order, event) => {
    if (event.version !== order.version + 1)
      throw new Error(`version ${order.version + 1} is missing from the log of ${order.orderId}`);
    return evolveOrder(order, event, event.occurredAt);
  }, createdOrder(created));
}

type CreatedPayload = OrderSnapshot & { metadata?: Order['metadata']; catalogue?: readonly CatalogueLine[] };

/** The order that an ORDER_CREATED event placed. */
export function createdOrder({ subjectId, owner, payload, occurredAt }: OrderLogEvent): Order {
  const { customer_id: customerId, currency, ...sent } = payload as CreatedPayload;
  const minorUnits = (amount: OrderSnapshot['total_amount']) => {
    const units = toMinorUnits(amount, currency);
    if (units === null)
      throw new Error(`the log of ${subjectId} has an amount that ${currency} cannot express`);
    return units;
  };
  const products = new Map(
    sent.catalogue?.map(({ line, product_id: productId, name }) => [line, { productId, name }]),
  );
  return {
    orderId: subjectId,
    clientId: owner,
    customerId,
    items: sent.items.map(({ product_id: productId, quantity, unit_price: price }, index) => {
      const catalogue = products.get(index + 1);
      return { productId, quantity, unitPrice: minorUnits(price), ...(catalogue && { catalogue }) };
    }),
    currency,
    total: minorUnits(sent.total_amount),
    status: 'PENDING_SHIPMENT',
    version: 1,
    cancellation: null,
    shipping: null,
    metadata: sent.metadata ?? {},
    shipmentVersion: 0,
    createdAt: occurredAt,
    updatedAt: occurredAt,
  };
}

/** The shipping data of a shipment; the order always shows a copy of it. Null when nothing is known. */
export function reportedShipping(
  reported: Pick<Change, 'carrier' | 'tracking_number' | 'estimated_delivery'>,
): Shipping | null {
  const { carrier = null, tracking_number: trackingNumber = null, estimated_delivery: at = null } = reported;
  return shippingOf({ carrier, trackingNumber, estimatedDelivery: at === null ? null : new Date(at) });
}
