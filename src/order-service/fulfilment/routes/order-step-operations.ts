import { type Request } from 'express';
import { callerOf, visibleClient } from '../../../shared/auth/require-scope';
import { orderStep, shippingChange } from '../../../shared/contracts/operator-steps';
import { orderResource } from '../../../shared/contracts/order-resource';
import { expectedVersions } from '../../../shared/http/conditional-requests';
import { jsonAnswer, operation, type Operation } from '../../../shared/http/operation';
import { addLogField } from '../../../shared/observability/context';
import { originOf } from '../../../shared/observability/origin';
import { changeOrderShipping, changeOrderStatus, type OrderTarget } from '../use-cases/change-order';
import { type CatchUpDependencies } from '../use-cases/catch-up-order';
import { EXAMPLE_ORDER_STEP, EXAMPLE_SHIPPED_ORDER, EXAMPLE_SHIPPING_CHANGE } from '../../orders/routes/order-examples';
import { ETAG_HEADER, ifMatchHeader, orderParams, ORDERS_TAG } from '../../orders/routes/order-parameters';
import { sendOrder } from '../../orders/routes/send-order';

const HOW =
  'The step is sent to the Delivery Service, which owns the parcel; when it agrees, the order is answered as it is after the step, and ' +
  'both timelines name the operator. 503 while the Delivery Service does not answer, or has not accepted the order yet (it will: try ' +
  'again after `Retry-After`), 502 when its answer cannot be used. When only its answer was lost, the order follows by itself: read it ' +
  'before sending the step again.';

/** What an operator can do to an order by hand. */
export function orderStepOperations(deps: CatchUpDependencies): Operation[] {
  return [statusOperation(deps), shippingOperation(deps)];
}

function statusOperation(deps: CatchUpDependencies): Operation {
  return operation({
    id: 'changeOrderStatus',
    method: 'put',
    path: '/orders/{order_id}/status',
    tag: ORDERS_TAG,
    summary: 'Take an order one step on',
    description: `A step that cannot follow is refused with those that can. ${HOW}`,
    access: 'order:manage',
    params: orderParams,
    headers: ifMatchHeader,
    body: orderStep,
    bodyExample: EXAMPLE_ORDER_STEP,
    answers: {
      200: jsonAnswer('the order after the step', orderResource, EXAMPLE_SHIPPED_ORDER, ETAG_HEADER),
    },
    problems: ['illegal_transition', 'precondition_failed', 'bad_gateway'],
    async handle({ params, body, request, response }) {
      addLogField('order_id', params.order_id);
      const order = await changeOrderStatus(
        deps,
        targetOf(params, request),
        body,
        originOf(callerOf(request).clientId),
      );
      sendOrder(response, 200, order);
    },
  });
}

function shippingOperation(deps: CatchUpDependencies): Operation {
  return operation({
    id: 'changeOrderShipping',
    method: 'put',
    path: '/orders/{order_id}/shipping',
    tag: ORDERS_TAG,
    summary: 'Change who carries an order, and when it is expected',
    description: `Possible until the order has ended. The same once more changes nothing. ${HOW}`,
    access: 'order:manage',
    params: orderParams,
    headers: ifMatchHeader,
    body: shippingChange,
    bodyExample: EXAMPLE_SHIPPING_CHANGE,
    answers: {
      200: jsonAnswer('the order after the change', orderResource, EXAMPLE_SHIPPED_ORDER, ETAG_HEADER),
    },
    problems: ['illegal_transition', 'precondition_failed', 'bad_gateway'],
    async handle({ params, body, request, response }) {
      addLogField('order_id', params.order_id);
      const order = await changeOrderShipping(
        deps,
        targetOf(params, request),
        body,
        originOf(callerOf(request).clientId),
      );
      sendOrder(response, 200, order);
    },
  });
}

/** Which order is meant, as far as the caller sees it, and from which version. */
function targetOf({ order_id: orderId }: { order_id: string }, request: Request): OrderTarget {
  return { orderId, clientId: visibleClient(request), expected: expectedVersions(request) };
}
