import { Router } from 'express';
import { z } from 'zod';
import { uuid } from '../../shared/contracts/ids';
import { requireScope, visibleClient } from '../../shared/auth/require-scope';
import { methodNotAllowed } from '../../shared/http/method-not-allowed';
import { idParameter, parseQuery } from '../../shared/http/validate';
import { type Queryable } from '../../shared/postgres/queryable';
import { toShipmentResource } from '../domain/shipment-resource';
import { findShipments, getShipment, getShipmentMessages } from '../services/find-shipments';

const listQuery = z.strictObject({
  /** Repeated for several: `?order_id=a&order_id=b`. */
  order_id: z.preprocess(
    (value) => (value === undefined ? value : [value].flat()),
    z.array(uuid).min(1).max(100),
  ),
});

const eventsQuery = z.strictObject({ after: z.coerce.number().int().min(0).default(0) });

/** `/shipments`, for authenticated callers. */
export function shipmentRoutes(db: Queryable): Router {
  const router = Router();

  router.get('/shipments', requireScope('shipment:read'), async (request, response) => {
    const { order_id: orderIds } = parseQuery(listQuery, request);
    const shipments = await findShipments(db, orderIds, visibleClient(request));
    response.json({ data: shipments.map(toShipmentResource), next_cursor: null });
  });

  router.get('/shipments/:id', requireScope('shipment:read'), async (request, response) => {
    const id = idParameter(request, 'id', 'shipment');
    const shipment = await getShipment(db, id, visibleClient(request));
    response.set('ETag', `"${shipment.version}"`).json(toShipmentResource(shipment));
  });

  router.get('/shipments/:id/events', requireScope('shipment:read'), async (request, response) => {
    const id = idParameter(request, 'id', 'shipment');
    const { after } = parseQuery(eventsQuery, request);
    response.json({
      data: await getShipmentMessages(db, id, after, visibleClient(request)),
      next_cursor: null,
    });
  });

  router.all(['/shipments', '/shipments/:id', '/shipments/:id/events'], methodNotAllowed('GET', 'HEAD'));
  return router;
}
