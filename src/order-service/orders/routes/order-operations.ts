import { OUT_OF_STOCK, RESERVATION_EXPIRED } from '../../inventory/domain/problem-types';
import { CANCELLATION_REFUSED, CATALOGUE_MISMATCH, ORDER_NOT_FOUND } from '../domain/problem-types';
import {
  ILLEGAL_TRANSITION,
  PRECONDITION_FAILED,
  VALIDATION_FAILED,
} from '../../../shared/contracts/problem';
import {
  EXAMPLE_ORDER,
  EXAMPLE_ORDER_BODY,
  orderParams,
  orderResource,
  timeline,
} from '../../../shared/contracts/order-resource';
import { type Database } from '../../../shared/postgres/queryable';
import {
  ETAG_HEADER,
  etagOf,
  expectedVersions,
  ifMatchHeader,
  ifNoneMatchHeader,
  isNotModified,
  sendVersioned,
} from '../../../shared/http/conditional-requests';
import { jsonResponse, operation, type Operation } from '../../../shared/http/operation';
import { addLogField } from '../../../shared/observability/context';
import { sendAnswer } from '../../../shared/http/idempotent-response';
import { toOrderResource } from '../domain/order-resource';
import { cancelOrder } from '../use-cases/cancel-order';
import { getTimeline, createOrderReader } from '../use-cases/get-order';
import { placeOrder, type PlaceOrderDependencies } from '../use-cases/place-order';
import { EXAMPLE_TIMELINE_ENTRY, toTimelineEntry } from './timeline-resource';
import { createOrderBody, ORDERS_TAG } from './order-schemas';
import { idempotencyGuards, keyGuard } from './idempotency-guard';

export interface OrderOperationsDependencies extends PlaceOrderDependencies {
  db: Database;
  duplicateWindowSeconds: number;
}

/** The operations that place, read and cancel one order. */
export function orderOperations(deps: OrderOperationsDependencies): Operation[] {
  return [
    placeOrderOperation(deps),
    getOrderOperation(deps),
    timelineOperation(deps),
    cancelOrderOperation(deps),
  ];
}

function placeOrderOperation(deps: OrderOperationsDependencies): Operation {
  const headers = {
    ...ETAG_HEADER,
    Location: 'the path of the order',
  };
  return operation({
    id: 'placeOrder',
    method: 'post',
    path: '/orders',
    tag: ORDERS_TAG,
    summary: 'Place an order',
    description:
      'After a 2xx response the order reaches a final status exactly once. If the response was lost, repeat the request with the same ' +
      'Idempotency-Key. Without that header a repeat is recognised by the complete content: within a minute, unless the order was ' +
      'cancelled meanwhile, or, with a `client_timestamp`, within 24 hours.\n\n' +
      'An item whose `product_id` is the `sku` of a product in the catalogue gets the name of that product and, without `unit_price`, its ' +
      'price. Other items are free items and need a `unit_price`, unless the service runs with CATALOGUE=strict: then every item must be a ' +
      'product that is on sale, at its price. If products of the order are stock-kept, the order reserves their stock: all of its items, ' +
      'or the answer is 409 `out_of_stock` and nothing is stored.',
    access: 'order:create',
    idempotent: true,
    body: createOrderBody,
    bodyExample: EXAMPLE_ORDER_BODY,
    responses: {
      200: jsonResponse(
        'the order of an earlier request with the same content, both without a key',
        orderResource,
        EXAMPLE_ORDER,
        headers,
      ),
      201: jsonResponse(
        'the order is placed, or was placed before with this key',
        orderResource,
        EXAMPLE_ORDER,
        headers,
      ),
    },
    problems: [CATALOGUE_MISMATCH, OUT_OF_STOCK, RESERVATION_EXPIRED],
    async handle({ body, owner, origin, idempotency, request, response }) {
      const guard = idempotency
        ? keyGuard(idempotency)
        : idempotencyGuards(deps.duplicateWindowSeconds)({ key: null, body: request.body }, body);
      const placed = await placeOrder(deps, { ...body.order, owner }, guard, origin);
      addLogField('order_id', placed.orderId);
      response.set({ Location: `${request.baseUrl}/orders/${placed.orderId}`, ETag: etagOf(1) });
      sendAnswer(response, placed);
    },
  });
}

function getOrderOperation(deps: OrderOperationsDependencies): Operation {
  const readOrder = createOrderReader(deps.db);
  return operation({
    id: 'getOrder',
    method: 'get',
    path: '/orders/{order_id}',
    tag: ORDERS_TAG,
    summary: 'Read an order',
    description: 'An order of another client is answered with 404, like one that does not exist.',
    access: 'order:read',
    params: orderParams,
    notFound: ORDER_NOT_FOUND,
    headers: ifNoneMatchHeader,
    responses: {
      200: jsonResponse('the order', orderResource, EXAMPLE_ORDER, ETAG_HEADER),
      304: { description: 'the caller already has this version', headers: ETAG_HEADER },
    },
    async handle({ params, visibleOwner, request, response }) {
      const order = await readOrder(params.order_id, visibleOwner);
      if (isNotModified(request, order.version))
        response.status(304).set('ETag', etagOf(order.version)).end();
      else sendVersioned(response, 200, order.version, toOrderResource(order));
    },
  });
}

function timelineOperation(deps: OrderOperationsDependencies): Operation {
  const db = deps.db;
  return operation({
    id: 'getTimeline',
    method: 'get',
    path: '/orders/{order_id}/timeline',
    tag: ORDERS_TAG,
    summary: 'Read the timeline of an order',
    description:
      'All events of the order, oldest first, each with its actor, its time and the time of its publication. If EVENT_RETENTION_DAYS is set, ' +
      'events of orders that ended long ago are removed: a timeline that does not begin with ORDER_CREATED is incomplete.',
    access: 'order:read',
    params: orderParams,
    notFound: ORDER_NOT_FOUND,
    responses: {
      200: jsonResponse('the events', timeline, { data: [EXAMPLE_TIMELINE_ENTRY], next_cursor: null }),
    },
    async handle({ params, visibleOwner, response }) {
      const events = await getTimeline(db, params.order_id, visibleOwner);
      response.json({ data: events.map(toTimelineEntry), next_cursor: null });
    },
  });
}

function cancelOrderOperation(deps: OrderOperationsDependencies): Operation {
  const requested = { ...EXAMPLE_ORDER, version: 2, cancellation: 'requested' };
  return operation({
    id: 'cancelOrder',
    method: 'post',
    path: '/orders/{order_id}/cancel',
    tag: ORDERS_TAG,
    summary: 'Request the cancellation of an order',
    description:
      'The request is recorded and sent to the Delivery Service, which owns the parcel: `cancellation` becomes `confirmed`, or ' +
      '`refused` when the parcel has been handed over. A repeated request changes nothing.',
    access: 'order:cancel',
    params: orderParams,
    notFound: ORDER_NOT_FOUND,
    headers: ifMatchHeader,
    responses: {
      202: jsonResponse('the cancellation request is recorded', orderResource, requested, ETAG_HEADER),
    },
    problems: [VALIDATION_FAILED, ILLEGAL_TRANSITION, CANCELLATION_REFUSED, PRECONDITION_FAILED],
    async handle({ params, visibleOwner, origin, request, response }) {
      const order = await cancelOrder(deps, params.order_id, visibleOwner, expectedVersions(request), origin);
      sendVersioned(response, 202, order.version, toOrderResource(order));
    },
  });
}
