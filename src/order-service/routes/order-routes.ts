import { Router, type Request, type Response } from 'express';
import { type Pool } from 'pg';
import { callerOf, requireScope, visibleClient } from '../../shared/auth/require-scope';
import { methodNotAllowed } from '../../shared/http/method-not-allowed';
import { idParameter, parseBody } from '../../shared/http/validate';
import { addLogField } from '../../shared/observability/context';
import { originOf } from '../../shared/observability/origin';
import { queryable } from '../../shared/postgres/read';
import { type Order } from '../domain/order';
import { toOrderResource } from '../domain/order-resource';
import { cancelOrder } from '../services/orders/cancel-order';
import { getOrder } from '../services/orders/get-order';
import { getTimeline } from '../services/orders/get-timeline';
import { placeOrder, type PlaceOrderDependencies } from '../services/orders/place-order';
import { createOrderBody } from './order-schemas';
import { submissionGuard } from './submission-guard';
import { toTimelineEntry } from './timeline-resource';

export interface OrderRoutesDependencies extends PlaceOrderDependencies {
  pool: Pool;
  duplicateWindowSeconds: number;
}

/** `/orders`, for authenticated callers. */
export function orderRoutes(deps: OrderRoutesDependencies): Router {
  const db = queryable(deps.pool);
  const router = Router();

  router.post('/orders', requireScope('order:create'), async (request, response) => {
    const body = parseBody(createOrderBody, request);
    const guard = submissionGuard(request, body, deps.duplicateWindowSeconds);
    const placed = await placeOrder(deps, body.order, guard, originOf(callerOf(request).clientId));
    addLogField('order_id', placed.orderId);
    if (placed.replayed) response.set('Idempotency-Replayed', 'true');
    response.set({ Location: `${request.baseUrl}/orders/${placed.orderId}`, ETag: etag(1) });
    response.status(placed.status).type('json').send(placed.body);
  });

  router.get('/orders/:id', requireScope('order:read'), async (request, response) => {
    sendOrder(response, 200, await getOrder(db, orderId(request), visibleClient(request)));
  });

  router.get('/orders/:id/timeline', requireScope('order:read'), async (request, response) => {
    const events = await getTimeline(db, orderId(request), visibleClient(request));
    response.json({ data: events.map(toTimelineEntry), next_cursor: null });
  });

  router.post('/orders/:id/cancel', requireScope('order:cancel'), async (request, response) => {
    const origin = originOf(callerOf(request).clientId);
    sendOrder(response, 202, await cancelOrder(deps, orderId(request), visibleClient(request), origin));
  });

  router.all('/orders', methodNotAllowed('POST'));
  router.all('/orders/:id/cancel', methodNotAllowed('POST'));
  router.all(['/orders/:id', '/orders/:id/timeline'], methodNotAllowed('GET', 'HEAD'));
  return router;
}

function orderId(request: Request): string {
  const id = idParameter(request, 'id', 'order');
  addLogField('order_id', id);
  return id;
}

const etag = (version: number): string => `"${version}"`;

function sendOrder(response: Response, status: number, order: Order): void {
  response.status(status).set('ETag', etag(order.version)).json(toOrderResource(order));
}
