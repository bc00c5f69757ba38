import { ORDER_NOT_FOUND } from '../../orders/domain/problem-types';
import { BAD_GATEWAY, SHIPMENT_NOT_FOUND } from '../../../shared/contracts/problem';
import { orderParams } from '../../../shared/contracts/order-resource';
import { orderShipment } from '../../../shared/contracts/shipment-resource';
import { jsonResponse, operation, type Operation } from '../../../shared/http/operation';
import { getOrderShipment, type OrderShipmentDependencies } from '../use-cases/get-order-shipment';
import { EXAMPLE_ORDER_SHIPMENT } from './fulfilment-examples';

/** The operation that reads the shipment of an order. */
export function orderShipmentOperation(deps: OrderShipmentDependencies): Operation {
  return operation({
    id: 'getOrderShipment',
    method: 'get',
    path: '/orders/{order_id}/shipment',
    tag: 'orders',
    summary: "Read an order's shipment",
    description:
      'Read from the Delivery Service. While it does not respond, the last reported state is returned, with `stale: true` and `as_of`. If ' +
      'nothing was reported yet, the response is 503, or 502 when the response of the Delivery Service cannot be used. ' +
      '`shipment_not_found`: the Delivery Service has not accepted the order yet.',
    access: 'shipment:read',
    params: orderParams,
    notFound: ORDER_NOT_FOUND,
    responses: { 200: jsonResponse('the shipment', orderShipment, EXAMPLE_ORDER_SHIPMENT) },
    problems: [SHIPMENT_NOT_FOUND, BAD_GATEWAY],
    async handle({ params, visibleOwner, response }) {
      response.json(await getOrderShipment(deps, params.order_id, visibleOwner));
    },
  });
}
