import { SHIPMENT_NOT_FOUND } from '../../shared/contracts/problem';
import { z } from 'zod';
import { list } from '../../shared/contracts/lists';
import { uuid } from '../../shared/contracts/text';
import { integerParameter, MAX_INTEGER } from '../../shared/contracts/integers';
import { shipmentEventList, shipmentList, shipmentResource } from '../../shared/contracts/shipment-resource';
import { etagOf, ifNoneMatchHeader, isNotModified } from '../../shared/http/conditional-requests';
import { jsonResponse, operation, type Operation } from '../../shared/http/operation';
import { addLogField } from '../../shared/observability/context';
import { type Queryable } from '../../shared/postgres/queryable';
import { toShipmentResource } from '../domain/shipment';
import { findShipments, getShipment, getShipmentMessages } from '../services/find-shipments';
import { EXAMPLE_SHIPMENT, EXAMPLE_SHIPMENT_EVENT } from './shipment-examples';

export const SHIPMENTS_TAG = 'shipments';

/** `/shipments/{shipment_id}`. */
export const shipmentParams = z.object({ shipment_id: uuid });

export const SHIPMENT_ETAG = { ETag: 'the version of the shipment, quoted' };

/** The operations that read shipments. */
export function shipmentOperations(db: Queryable): Operation[] {
  return [listOperation(db), getOperation(db), eventsOperation(db)];
}

const listQuery = z.strictObject({
  order_id: z
    .preprocess((value) => (typeof value === 'string' ? [value] : value), list(uuid, 1, 100))
    .describe('repeated for several orders'),
});

function listOperation(db: Queryable): Operation {
  return operation({
    id: 'listShipments',
    method: 'get',
    path: '/shipments',
    tag: SHIPMENTS_TAG,
    summary: 'List the shipments of orders',
    description:
      'At most one shipment for each order; orders without a shipment and orders of other clients are omitted.',
    access: 'shipment:read',
    query: listQuery,
    responses: {
      200: jsonResponse('the shipments', shipmentList, { data: [EXAMPLE_SHIPMENT], next_cursor: null }),
    },
    async handle({ query, visibleOwner, response }) {
      const shipments = await findShipments(db, query.order_id, visibleOwner);
      response.json({ data: shipments.map(toShipmentResource), next_cursor: null });
    },
  });
}

function getOperation(db: Queryable): Operation {
  return operation({
    id: 'getShipment',
    method: 'get',
    path: '/shipments/{shipment_id}',
    tag: SHIPMENTS_TAG,
    summary: 'Read a shipment',
    description: "The shipment of another client's order is answered with 404, like one that does not exist.",
    access: 'shipment:read',
    params: shipmentParams,
    notFound: SHIPMENT_NOT_FOUND,
    headers: ifNoneMatchHeader,
    responses: {
      200: jsonResponse('the shipment', shipmentResource, EXAMPLE_SHIPMENT, SHIPMENT_ETAG),
      304: { description: 'the caller already has this version', headers: SHIPMENT_ETAG },
    },
    async handle({ params, visibleOwner, request, response }) {
      const shipment = await getShipment(db, params.shipment_id, visibleOwner);
      addLogField('order_id', shipment.orderId);
      response.set('ETag', etagOf(shipment.version));
      if (isNotModified(request, shipment.version)) response.status(304).end();
      else response.json(toShipmentResource(shipment));
    },
  });
}

const eventsQuery = z.strictObject({
  after: integerParameter(0, MAX_INTEGER, 0).describe('only events with a higher version'),
});

function eventsOperation(db: Queryable): Operation {
  return operation({
    id: 'listShipmentEvents',
    method: 'get',
    path: '/shipments/{shipment_id}/events',
    tag: SHIPMENTS_TAG,
    summary: 'List the events of a shipment',
    description: 'The messages that were or will be sent to the Order Service, oldest first.',
    access: 'shipment:read',
    params: shipmentParams,
    notFound: SHIPMENT_NOT_FOUND,
    query: eventsQuery,
    responses: {
      200: jsonResponse('the events', shipmentEventList, {
        data: [EXAMPLE_SHIPMENT_EVENT],
        next_cursor: null,
      }),
    },
    async handle({ params, query, visibleOwner, response }) {
      const data = await getShipmentMessages(db, params.shipment_id, query.after, visibleOwner);
      if (data[0]) addLogField('order_id', data[0].order_id);
      response.json({ data, next_cursor: null });
    },
  });
}
