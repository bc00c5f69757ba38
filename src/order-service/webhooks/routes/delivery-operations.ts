import { z } from 'zod';
import { pageParameters } from '../../../shared/contracts/lists';
import { INVALID_CURSOR, TOO_MANY_READS } from '../../../shared/contracts/problem';
import { uuid } from '../../../shared/contracts/text';
import { untilClientDisconnects } from '../../../shared/http/client-disconnect';
import { jsonResponse, operation, type Operation } from '../../../shared/http/operation';
import { type Database } from '../../../shared/postgres/queryable';
import { type ReadPool } from '../../../shared/postgres/read-pool';
import { DELIVERY_STATUSES } from '../domain/delivery';
import { WEBHOOK_EVENT_TYPES } from '../domain/notice';
import { DELIVERY_NOT_FOUND, WEBHOOK_DISABLED, WEBHOOK_NOT_FOUND } from '../domain/problem-types';
import { getDelivery, listDeliveries } from '../use-cases/list-deliveries';
import { retryDelivery } from '../use-cases/retry-delivery';
import {
  deliveryList,
  deliveryResource,
  deliveryWithAttempts,
  EXAMPLE_DELIVERY,
  EXAMPLE_DELIVERY_WITH_ATTEMPTS,
  EXAMPLE_PENDING_DELIVERY,
  toDeliveryResource,
  withHistory,
} from './delivery-resource';
import { OF_ENDPOINT } from './endpoint-resource';

export interface DeliveryOperationsDependencies {
  db: Database;
  reads: ReadPool;
}

/** The operations on the deliveries of an endpoint. */
export function deliveryOperations(deps: DeliveryOperationsDependencies): Operation[] {
  return [listOperation(deps), getOperation(deps), retryOperation(deps)];
}

const listQuery = z.strictObject({
  status: z.enum(DELIVERY_STATUSES).optional(),
  order_id: uuid.optional(),
  type: z.enum(WEBHOOK_EVENT_TYPES).optional(),
  ...pageParameters,
});

function listOperation({ reads }: DeliveryOperationsDependencies): Operation {
  return operation({
    ...OF_ENDPOINT,
    id: 'listWebhookDeliveries',
    method: 'get',
    path: '/webhooks/{endpoint_id}/deliveries',
    summary: 'List the deliveries of an endpoint',
    description:
      'The newest events first, with the last attempt of each. A delivery is pending until it has succeeded, or its last attempt has failed. ' +
      'Ended deliveries are kept for WEBHOOK_RETENTION_DAYS, and up to WEBHOOK_KEPT_ATTEMPTS attempts of an endpoint.',
    query: listQuery,
    responses: {
      200: jsonResponse('a page of deliveries', deliveryList, {
        data: [EXAMPLE_DELIVERY],
        next_cursor: null,
      }),
    },
    problems: [INVALID_CURSOR, TOO_MANY_READS],
    async handle({ params, query, page, caller, visibleOwner, response }) {
      const filter = { status: query.status, orderId: query.order_id, type: query.type };
      const request = { endpointId: params.endpoint_id, visibleOwner, filter, page };
      await untilClientDisconnects(response, async (signal) => {
        const reader = { clientId: caller.clientId, signal };
        const { rows, nextCursor } = await listDeliveries(reads, request, reader);
        response.json({ data: rows.map(toDeliveryResource), next_cursor: nextCursor });
      });
    },
  });
}

/** The members of the declarations of operations on one delivery. */
const OF_DELIVERY = {
  ...OF_ENDPOINT,
  params: OF_ENDPOINT.params.extend({ event_id: uuid }),
  notFound: DELIVERY_NOT_FOUND,
} as const;

function getOperation({ db }: DeliveryOperationsDependencies): Operation {
  return operation({
    ...OF_DELIVERY,
    id: 'getWebhookDelivery',
    method: 'get',
    path: '/webhooks/{endpoint_id}/deliveries/{event_id}',
    summary: 'Read a delivery',
    description: 'With its attempts, and the beginning of each response.',
    responses: {
      200: jsonResponse('the delivery', deliveryWithAttempts, EXAMPLE_DELIVERY_WITH_ATTEMPTS),
    },
    problems: [WEBHOOK_NOT_FOUND],
    async handle({ params, visibleOwner, response }) {
      const request = { endpointId: params.endpoint_id, eventId: params.event_id, visibleOwner };
      response.json(withHistory(await getDelivery(db, request)));
    },
  });
}

function retryOperation({ db }: DeliveryOperationsDependencies): Operation {
  return operation({
    ...OF_DELIVERY,
    id: 'retryWebhookDelivery',
    method: 'post',
    path: '/webhooks/{endpoint_id}/deliveries/{event_id}/retry',
    summary: 'Repeat a delivery',
    description:
      'Sends the event again under the same id, whether the delivery is pending, has failed or has succeeded. Later events of its subject that ' +
      'wait follow it. A delivery that has ended begins the schedule of attempts anew.',
    responses: {
      202: jsonResponse('the delivery, which is pending', deliveryResource, EXAMPLE_PENDING_DELIVERY),
    },
    problems: [WEBHOOK_NOT_FOUND, WEBHOOK_DISABLED],
    async handle({ params, visibleOwner, response }) {
      const request = { endpointId: params.endpoint_id, eventId: params.event_id, visibleOwner };
      response.status(202).json(toDeliveryResource(await retryDelivery(db, request)));
    },
  });
}
