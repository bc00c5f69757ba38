import {
  ILLEGAL_TRANSITION,
  INSUFFICIENT_SCOPE,
  PRECONDITION_FAILED,
  SHIPMENT_NOT_FOUND,
} from '../../shared/contracts/problem';
import { type Request } from 'express';
import { z } from 'zod';
import {
  ACTOR_HEADER,
  ORDER_SERVICE_CLIENT_ID,
  shipmentResource,
  shipmentStep,
  shippingChange,
} from '../../shared/contracts/shipment-resource';
import { AppError } from '../../shared/errors';
import { type Origin, originOf } from '../../shared/event-log/event';
import { expectedVersions, ifMatchHeader, sendVersioned } from '../../shared/http/conditional-requests';
import { jsonResponse, operation, type Operation } from '../../shared/http/operation';
import { addLogField } from '../../shared/observability/context';
import { toShipmentResource } from '../domain/shipment';
import {
  changeShipmentShipping,
  changeShipmentStatus,
  type ChangeShipmentDependencies,
} from '../services/change-shipment';
import { EXAMPLE_SHIPMENT, EXAMPLE_SHIPMENT_STEP, EXAMPLE_SHIPPING_CHANGE } from './shipment-examples';
import { SHIPMENT_ETAG, shipmentParams, SHIPMENTS_TAG } from './shipment-operations';

const ACTOR_PATTERN = /^[\x21-\x7e]{1,100}$/;

const HEADERS = ifMatchHeader.extend({
  [ACTOR_HEADER]: z
    .string()
    .optional()
    .describe(
      'the operator on whose behalf the Order Service sends the request; ignored from any other client',
    ),
});

const NEEDED_SCOPES =
  'Also requires `order:manage` or `ops:manage`, so that a shop cannot mark its own parcels as delivered.';

/** The operations by which an operator changes a shipment. */
export function shipmentStepOperations(deps: ChangeShipmentDependencies): Operation[] {
  return [statusOperation(deps), shippingOperation(deps)];
}

function statusOperation(deps: ChangeShipmentDependencies): Operation {
  return operation({
    id: 'changeShipmentStatus',
    method: 'put',
    path: '/shipments/{shipment_id}/status',
    tag: SHIPMENTS_TAG,
    summary: 'Change the status of a shipment',
    description: `Has the same effect as a report of the carrier, which continues from the new status. ${NEEDED_SCOPES}`,
    access: 'shipment:write',
    params: shipmentParams,
    notFound: SHIPMENT_NOT_FOUND,
    headers: HEADERS,
    body: shipmentStep,
    bodyExample: EXAMPLE_SHIPMENT_STEP,
    responses: {
      200: jsonResponse('the shipment after the change', shipmentResource, EXAMPLE_SHIPMENT, SHIPMENT_ETAG),
    },
    problems: [ILLEGAL_TRANSITION, PRECONDITION_FAILED],
    async handle({ params, body, visibleOwner, actor, request, response }) {
      requireOperator(visibleOwner);
      const target = { shipmentId: params.shipment_id, expected: expectedVersions(request) };
      const report = {
        status: body.status,
        ...(body.carrier !== undefined && { carrier: body.carrier }),
        ...(body.tracking_number !== undefined && { trackingNumber: body.tracking_number }),
        ...(body.estimated_delivery !== undefined && {
          estimatedDelivery: new Date(body.estimated_delivery),
        }),
      };
      const shipment = await changeShipmentStatus(deps, target, report, operatorOf(actor, request));
      addLogField('order_id', shipment.orderId);
      sendVersioned(response, 200, shipment.version, toShipmentResource(shipment));
    },
  });
}

function shippingOperation(deps: ChangeShipmentDependencies): Operation {
  return operation({
    id: 'changeShipmentShipping',
    method: 'put',
    path: '/shipments/{shipment_id}/shipping',
    tag: SHIPMENTS_TAG,
    summary: 'Change the shipping data of a shipment',
    description: `Changes the carrier, the tracking number and the expected day until the shipment has ended; the status does not change. A repeated request changes nothing. ${NEEDED_SCOPES}`,
    access: 'shipment:write',
    params: shipmentParams,
    notFound: SHIPMENT_NOT_FOUND,
    headers: HEADERS,
    body: shippingChange,
    bodyExample: EXAMPLE_SHIPPING_CHANGE,
    responses: {
      200: jsonResponse('the shipment after the change', shipmentResource, EXAMPLE_SHIPMENT, SHIPMENT_ETAG),
    },
    problems: [ILLEGAL_TRANSITION, PRECONDITION_FAILED],
    async handle({ params, body, visibleOwner, actor, request, response }) {
      requireOperator(visibleOwner);
      const target = { shipmentId: params.shipment_id, expected: expectedVersions(request) };
      const shipping = {
        carrier: body.carrier,
        trackingNumber: body.tracking_number,
        estimatedDelivery: new Date(body.estimated_delivery),
      };
      const shipment = await changeShipmentShipping(deps, target, shipping, operatorOf(actor, request));
      addLogField('order_id', shipment.orderId);
      sendVersioned(response, 200, shipment.version, toShipmentResource(shipment));
    },
  });
}

/** @throws AppError `forbidden` for a caller that sees only its own shipments. */
function requireOperator(visibleOwner: string | null): void {
  if (visibleOwner === null) return;
  throw new AppError(INSUFFICIENT_SCOPE, 'this also requires the scope order:manage');
}

/** The actor of the step: the caller, or the operator whom the Order Service names. A name from any other client is ignored. */
function operatorOf(clientId: string, request: Request): Origin {
  const named = request.get(ACTOR_HEADER) ?? '';
  const isTrusted = clientId === ORDER_SERVICE_CLIENT_ID && ACTOR_PATTERN.test(named);
  return originOf(isTrusted ? named : clientId);
}
