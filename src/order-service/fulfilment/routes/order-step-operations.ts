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
import { jsonResponse, operation, type Operation } from '../../../shared/http/operation';
import { toOrderResource } from '../../orders/domain/order-resource';
import { changeOrderShipping, changeOrderStatus } from '../use-cases/change-order';
import { type CatchUpDependencies } from '../use-cases/catch-up-order';
import { EXAMPLE_ORDER_STEP, EXAMPLE_SHIPPED_ORDER, EXAMPLE_SHIPPING_CHANGE } from './fulfilment-examples';

const STEP_DESCRIPTION =
  'The step is sent to the Delivery Service, which owns the parcel; when it agrees, the order is answered as it is after the step, and ' +
  'both timelines name the operator. 503 while the Delivery Service does not answer, or has not accepted the order yet (it will: try ' +
  'again after `Retry-After`), 502 when its answer cannot be used. When only its answer was lost, the order follows by itself: read it ' +
  'before sending the step again.';

/** The operations by which an operator changes an order. */
export function orderStepOperations(deps: CatchUpDependencies): Operation[] {
  return [statusOperation(deps), shippingOperation(deps)];
}

function statusOperation(deps: CatchUpDependencies): Operation {
  return operation({
    id: 'changeOrderStatus',
    method: 'put',
    path: '/orders/{order_id}/status',
    tag: 'orders',
    summary: 'Take an order one step on',
    description: `A step that cannot follow is refused with those that can. ${STEP_DESCRIPTION}`,
    access: 'order:manage',
    params: orderParams,
    notFound: ORDER_NOT_FOUND,
    headers: ifMatchHeader,
    body: orderStep,
    bodyExample: EXAMPLE_ORDER_STEP,
    responses: {
      200: jsonResponse('the order after the step', orderResource, EXAMPLE_SHIPPED_ORDER, ETAG_HEADER),
    },
    problems: [ILLEGAL_TRANSITION, PRECONDITION_FAILED, BAD_GATEWAY],
    async handle({ params, body, owner, origin, request, response }) {
      const target = { orderId: params.order_id, clientId: owner, expected: expectedVersions(request) };
      const order = await changeOrderStatus(deps, target, body, origin);
      sendVersioned(response, 200, order.version, toOrderResource(order));
    },
  });
}

function shippingOperation(deps: CatchUpDependencies): Operation {
  return operation({
    id: 'changeOrderShipping',
    method: 'put',
    path: '/orders/{order_id}/shipping',
    tag: 'orders',
    summary: 'Change who carries an order, and when it is expected',
    description: `Possible until the order has ended. The same once more changes nothing. ${STEP_DESCRIPTION}`,
    access: 'order:manage',
    params: orderParams,
    notFound: ORDER_NOT_FOUND,
    headers: ifMatchHeader,
    body: shippingChange,
    bodyExample: EXAMPLE_SHIPPING_CHANGE,
    responses: {
      200: jsonResponse('the order after the change', orderResource, EXAMPLE_SHIPPED_ORDER, ETAG_HEADER),
    },
    problems: [ILLEGAL_TRANSITION, PRECONDITION_FAILED, BAD_GATEWAY],
    async handle({ params, body, owner, origin, request, response }) {
      const target = { orderId: params.order_id, clientId: owner, expected: expectedVersions(request) };
      const order = await changeOrderShipping(deps, target, body, origin);
      sendVersioned(response, 200, order.version, toOrderResource(order));
    },
  });
}
