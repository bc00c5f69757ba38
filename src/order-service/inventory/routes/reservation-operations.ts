import { z } from 'zod';
import { pageParameters } from '../../../shared/contracts/lists';
import {
  INVALID_CURSOR,
  PRECONDITION_FAILED,
  TOO_MANY_READS,
  VALIDATION_FAILED,
} from '../../../shared/contracts/problem';
import { untilClientDisconnects } from '../../../shared/http/client-disconnect';
import {
  etagOf,
  expectedVersions,
  ifMatchHeader,
  sendVersioned,
} from '../../../shared/http/conditional-requests';
import { sendAnswer } from '../../../shared/http/idempotent-response';
import { jsonResponse, operation, type Operation } from '../../../shared/http/operation';
import { type ReadPool } from '../../../shared/postgres/read-pool';
import {
  INACTIVE_PRODUCT,
  OUT_OF_STOCK,
  RESERVATION_EXPIRED,
  UNKNOWN_PRODUCT,
} from '../domain/problem-types';
import { createReservationWriter, type CreateReservationDependencies } from '../use-cases/create-reservation';
import {
  extendReservation,
  getReservation,
  listReservations,
  releaseReservation,
} from '../use-cases/manage-reservations';
import {
  createBody,
  ETAG_HEADER,
  EXAMPLE_RESERVATION,
  extendBody,
  OF_RESERVATION,
  OF_RESERVATIONS,
  reservationList,
  reservationResource,
  type ReservationResource,
  reservationStatus,
  toReservationResource,
} from './reservation-schemas';

export type ReservationOperationsDependencies = Omit<CreateReservationDependencies, 'render'> & {
  reads: ReadPool;
};

/** The operations on reservations. */
export function reservationOperations(deps: ReservationOperationsDependencies): Operation[] {
  return [
    createOperation(deps),
    listOperation(deps),
    getOperation(deps),
    extendOperation(deps),
    releaseOperation(deps),
  ];
}

const render: CreateReservationDependencies['render'] = (reservation) => ({
  status: 201,
  body: JSON.stringify(toReservationResource(reservation)),
});

function createOperation(deps: ReservationOperationsDependencies): Operation {
  const createReservation = createReservationWriter({ ...deps, render });
  return operation({
    ...OF_RESERVATIONS,
    id: 'createReservation',
    method: 'post',
    path: '/reservations',
    summary: 'Reserve products for a limited time',
    description:
      'For a cart. Either all items are reserved or none; items with the same product count together. `POST /orders` with `reservation_id` turns ' +
      'the reservation into an order. Of a product that is not stock-kept, nothing is held.',
    idempotent: true,
    body: createBody,
    bodyExample: { items: EXAMPLE_RESERVATION.items, expires_in_seconds: 900 },
    responses: {
      201: jsonResponse('the reservation', reservationResource, EXAMPLE_RESERVATION, {
        ...ETAG_HEADER,
        Location: 'the path of the reservation',
      }),
    },
    problems: [OUT_OF_STOCK, UNKNOWN_PRODUCT, INACTIVE_PRODUCT],
    async handle({ body, owner, origin, idempotency, request, response }) {
      const reservation = {
        owner,
        items: body.items.map(({ product_id: sku, quantity }) => ({ sku, quantity })),
        expiresInSeconds: body.expires_in_seconds,
        origin,
      };
      const answer = await createReservation(reservation, idempotency);
      const { reservation_id: id, version } = JSON.parse(answer.body) as ReservationResource;
      response.set({ ETag: etagOf(version), Location: `${request.baseUrl}/reservations/${id}` });
      sendAnswer(response, answer);
    },
  });
}

function listOperation({ reads }: ReservationOperationsDependencies): Operation {
  return operation({
    ...OF_RESERVATIONS,
    id: 'listReservations',
    method: 'get',
    path: '/reservations',
    summary: 'List reservations',
    description:
      'Those of the calling client, newest first; operators see all. Ended ones are kept for 30 days.',
    query: z.strictObject({ status: reservationStatus.optional(), ...pageParameters }),
    responses: {
      200: jsonResponse('a page of reservations', reservationList, {
        data: [EXAMPLE_RESERVATION],
        next_cursor: null,
      }),
    },
    problems: [INVALID_CURSOR, TOO_MANY_READS],
    async handle({ query, page, caller, visibleOwner, response }) {
      const list = { owner: visibleOwner, status: query.status, page };
      await untilClientDisconnects(response, async (signal) => {
        const reader = { clientId: caller.clientId, signal };
        const { rows, nextCursor } = await listReservations(reads, list, reader);
        response.json({ data: rows.map(toReservationResource), next_cursor: nextCursor });
      });
    },
  });
}

function getOperation({ db }: ReservationOperationsDependencies): Operation {
  return operation({
    ...OF_RESERVATION,
    id: 'getReservation',
    method: 'get',
    summary: 'Read a reservation',
    description: 'A reservation of another client is answered with 404.',
    responses: {
      200: jsonResponse('the reservation', reservationResource, EXAMPLE_RESERVATION, ETAG_HEADER),
    },
    async handle({ params, visibleOwner, response }) {
      const reservation = await getReservation(db, { reservationId: params.reservation_id, visibleOwner });
      sendVersioned(response, 200, reservation.version, toReservationResource(reservation));
    },
  });
}

function extendOperation({ db }: ReservationOperationsDependencies): Operation {
  const extended = { ...EXAMPLE_RESERVATION, expires_at: '2026-11-21T05:10:10.755Z', version: 2 };
  return operation({
    ...OF_RESERVATION,
    id: 'extendReservation',
    method: 'patch',
    summary: 'Extend a reservation',
    description:
      'It expires so many seconds from now, but never earlier than before. Its items cannot be changed: create another reservation.',
    headers: ifMatchHeader,
    body: extendBody,
    bodyExample: { expires_in_seconds: 3_600 },
    responses: { 200: jsonResponse('the reservation', reservationResource, extended, ETAG_HEADER) },
    problems: [RESERVATION_EXPIRED, PRECONDITION_FAILED],
    async handle({ params, body, visibleOwner, request, response }) {
      const reservation = await extendReservation(
        db,
        { reservationId: params.reservation_id, visibleOwner },
        body.expires_in_seconds,
        expectedVersions(request),
      );
      sendVersioned(response, 200, reservation.version, toReservationResource(reservation));
    },
  });
}

function releaseOperation({ db }: ReservationOperationsDependencies): Operation {
  return operation({
    ...OF_RESERVATION,
    id: 'releaseReservation',
    method: 'delete',
    summary: 'Release a reservation',
    description:
      'Its items are available again. One that has expired or was released already stays as it is; one that became an order is refused.',
    headers: ifMatchHeader,
    responses: { 204: { description: 'the reservation holds nothing any more' } },
    problems: [RESERVATION_EXPIRED, PRECONDITION_FAILED, VALIDATION_FAILED],
    async handle({ params, visibleOwner, origin, request, response }) {
      const ref = { reservationId: params.reservation_id, visibleOwner };
      await releaseReservation(db, ref, expectedVersions(request), origin);
      response.status(204).end();
    },
  });
}
