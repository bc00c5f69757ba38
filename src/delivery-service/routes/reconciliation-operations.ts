import { INSUFFICIENT_SCOPE } from '../../shared/contracts/problem';
import { z } from 'zod';
import { LAST_ID, uuid } from '../../shared/contracts/text';
import { integerParameter } from '../../shared/contracts/integers';
import { ORDER_SERVICE_CLIENT_ID } from '../../shared/contracts/shipment-resource';
import {
  holdChange,
  holdResult,
  RECONCILIATION_BATCH,
  reportedShipments,
  restoredShipments,
  sweptShipmentList,
} from '../../shared/contracts/reconciliation';
import { AppError } from '../../shared/errors';
import { jsonResponse, operation, type Operation } from '../../shared/http/operation';
import { toShipmentResource } from '../domain/shipment';
import { changeHolds, sweepShipments } from '../services/hold-shipments';
import { restoreShipments, type RestoreDependencies } from '../services/restore-shipments';
import { EXAMPLE_REPORTED_SHIPMENT, EXAMPLE_SHIPMENT } from './shipment-examples';

export const RECONCILIATION_TAG = 'reconciliation';

const ORDER_SERVICE_ONLY = 'Only the Order Service can call this operation; any other client is refused.';

/** The operations that the reconciler of the Order Service calls. */
export function reconciliationOperations(deps: RestoreDependencies): Operation[] {
  return [reportedOperation(deps), sweepOperation(deps), holdsOperation(deps)];
}

function reportedOperation(deps: RestoreDependencies): Operation {
  return operation({
    id: 'restoreReportedShipments',
    method: 'post',
    path: '/reconciliation/reported',
    tag: RECONCILIATION_TAG,
    summary: 'Restore shipments from their reported steps',
    description:
      'After a restore of this service’s database: missing steps are added under their versions and are not sent, missing shipments ' +
      `are created again, and the carrier is polled from there on. A repeated request changes nothing. ${ORDER_SERVICE_ONLY}`,
    access: 'shipment:write',
    body: reportedShipments,
    bodyExample: { shipments: [EXAMPLE_REPORTED_SHIPMENT] },
    responses: {
      200: jsonResponse('the outcome for each shipment', restoredShipments, {
        data: [{ order_id: EXAMPLE_SHIPMENT.order_id, outcome: 'restored', shipment: EXAMPLE_SHIPMENT }],
      }),
    },
    async handle({ body, actor, origin, response }) {
      requireOrderService(actor);
      const restored = await restoreShipments(deps, body.shipments, origin);
      const data = restored.map(({ orderId, outcome, shipment }) => ({
        order_id: orderId,
        outcome,
        shipment: shipment && toShipmentResource(shipment),
      }));
      response.json({ data });
    },
  });
}

const sweepQuery = z.strictObject({
  held: z.enum(['true', 'false']).default('false').describe('only shipments that are held'),
  before: uuid.default(LAST_ID).describe('only shipments with a lower `shipment_id`'),
  limit: integerParameter(1, RECONCILIATION_BATCH, RECONCILIATION_BATCH),
});

function sweepOperation({ db }: RestoreDependencies): Operation {
  return operation({
    id: 'sweepShipments',
    method: 'get',
    path: '/reconciliation/shipments',
    tag: RECONCILIATION_TAG,
    summary: 'List all shipments for reconciliation',
    description: `Newest first, by \`shipment_id\`; give \`next_cursor\` as \`before\` for the next page. ${ORDER_SERVICE_ONLY}`,
    access: 'shipment:read',
    query: sweepQuery,
    responses: {
      200: jsonResponse('a page of shipments', sweptShipmentList, {
        data: [{ ...EXAMPLE_SHIPMENT, held: false }],
        next_cursor: null,
      }),
    },
    async handle({ query, actor, response }) {
      requireOrderService(actor);
      const { before, limit } = query;
      const found = await sweepShipments(db, { held: query.held === 'true', before, limit });
      const data = found.map(({ shipment, isHeld }) => ({ ...toShipmentResource(shipment), held: isHeld }));
      const last = data.at(-1);
      response.json({ data, next_cursor: data.length === limit && last ? last.shipment_id : null });
    },
  });
}

function holdsOperation(deps: RestoreDependencies): Operation {
  return operation({
    id: 'changeShipmentHolds',
    method: 'post',
    path: '/reconciliation/holds',
    tag: RECONCILIATION_TAG,
    summary: 'Hold or release shipments',
    description:
      'Only shipments in the status `PROCESSING` can be held. The response lists the orders whose shipments are held, and those whose ' +
      `shipments are released. A repeated request changes nothing. ${ORDER_SERVICE_ONLY}`,
    access: 'shipment:write',
    body: holdChange,
    bodyExample: { hold: [EXAMPLE_SHIPMENT.order_id], release: [] },
    responses: {
      200: jsonResponse('the changed shipments', holdResult, {
        held: [EXAMPLE_SHIPMENT.order_id],
        released: [],
      }),
    },
    async handle({ body, actor, response }) {
      requireOrderService(actor);
      const changed = await changeHolds(deps, body);
      if (changed.released.length > 0) deps.onShipmentChanged();
      response.json(changed);
    },
  });
}

/** @throws AppError `forbidden` for any client but the Order Service; its client id cannot be registered. */
function requireOrderService(actor: string): void {
  if (actor === ORDER_SERVICE_CLIENT_ID) return;
  throw new AppError(INSUFFICIENT_SCOPE, 'only the Order Service can call this operation');
}
