import { ORDER_NOT_FOUND } from '../../orders/domain/problem-types';
import { BAD_GATEWAY, ILLEGAL_TRANSITION, PRECONDITION_FAILED } from '../../../shared/contracts/problem';
import { orderStep, shippingChange } from '../../../shared/contracts/shipment-resource';
import { orderParams, orderResource } from '../../../shared/contracts/order-resource';
import {
  ETAG_HEADER,
  expectedVersions,
  ifMatchHeader,
  sendVersioned,
} from '../../../shared/http/conditional-requests';
import {
  jsonResponse,
  operation,
  type Operation,
  type OperationContext,
} from '../../../shared/http/operation';
import { type Order } from '../../orders/domain/order';
import { toOrderResource } from '../../orders/domain/order-resource';
import { changeOrderShipping, changeOrderStatus, type OrderTarget } from '../use-cases/change-order';
import { type CatchUpDependencies } from '../use-cases/catch-up-order';
import { EXAMPLE_ORDER_STEP, EXAMPLE_SHIPPED_ORDER, EXAMPLE_SHIPPING_CHANGE } from './fulfilment-examples';

const STEP_DESCRIPTION =
  'The change is sent to the Delivery Service, which owns the parcel. When it accepts the change, the response is the order after the ' +
  'change, and the event logs of both services name the operator. 503: the Delivery Service does not respond, or has not accepted the ' +
  'order yet; try again after `Retry-After`. 502: its response cannot be used. If only its response was lost, the order is updated ' +
  'later: read the order before you repeat the request.';

/** The operations by which an operator changes an order. */
export function orderStepOperations(deps: CatchUpDependencies): Operation[] {
  return [statusOperation(deps), shippingOperation(deps)];
}

const STEP = {
  method: 'put',
  tag: 'orders',
  access: 'order:manage',
  params: orderParams,
  notFound: ORDER_NOT_FOUND,
  headers: ifMatchHeader,
  responses: {
    200: jsonResponse('the order after the change', orderResource, EXAMPLE_SHIPPED_ORDER, ETAG_HEADER),
  },
  problems: [ILLEGAL_TRANSITION, PRECONDITION_FAILED, BAD_GATEWAY],
} as const;

function statusOperation(deps: CatchUpDependencies): Operation {
  return operation({
    ...STEP,
    id: 'changeOrderStatus',
    path: '/orders/{order_id}/status',
    summary: 'Change the status of an order',
    description: `A status that the status table does not allow is refused with the allowed ones. ${STEP_DESCRIPTION}`,
    body: orderStep,
    bodyExample: EXAMPLE_ORDER_STEP,
    handle: (context) =>
      sendChanged(context, (target) => changeOrderStatus(deps, target, context.body, context.origin)),
  });
}

function shippingOperation(deps: CatchUpDependencies): Operation {
  return operation({
    ...STEP,
    id: 'changeOrderShipping',
    path: '/orders/{order_id}/shipping',
    summary: 'Change the shipping data of an order',
    description: `Changes the carrier, the tracking number and the expected day until the order has ended. A repeated request changes nothing. ${STEP_DESCRIPTION}`,
    body: shippingChange,
    bodyExample: EXAMPLE_SHIPPING_CHANGE,
    handle: (context) =>
      sendChanged(context, (target) => changeOrderShipping(deps, target, context.body, context.origin)),
  });
}

async function sendChanged(
  { params, visibleOwner, request, response }: OperationContext<{ order_id: string }, unknown, unknown>,
  change: (target: OrderTarget) => Promise<Order>,
): Promise<void> {
  const order = await change({
    orderId: params.order_id,
    clientId: visibleOwner,
    expected: expectedVersions(request),
  });
  sendVersioned(response, 200, order.version, toOrderResource(order));
}
