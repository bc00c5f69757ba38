import { z } from 'zod';
import { pageParameters } from '../../../shared/contracts/lists';
import { INVALID_CURSOR, PRECONDITION_FAILED, VALIDATION_FAILED } from '../../../shared/contracts/problem';
import {
  etagOf,
  expectedVersions,
  ifMatchHeader,
  ifNoneMatchHeader,
  isNotModified,
  sendVersioned,
} from '../../../shared/http/conditional-requests';
import { jsonResponse, operation, type Operation } from '../../../shared/http/operation';
import { changeEndpoint, getEndpoint, listEndpoints, removeEndpoint } from '../use-cases/manage-endpoints';
import {
  changeBody,
  endpointList,
  endpointResource,
  ETAG_HEADER,
  EXAMPLE_ENDPOINT,
  OF_ENDPOINT,
  OF_WEBHOOKS,
  toEndpointResource,
} from './endpoint-resource';
import {
  createEndpointOperation,
  rotateEndpointSecretOperation,
  type SecretOperationsDependencies,
} from './endpoint-secret-operations';

/** The operations that manage webhook endpoints. */
export function endpointOperations(deps: SecretOperationsDependencies): Operation[] {
  return [
    createEndpointOperation(deps),
    listOperation(deps),
    getOperation(deps),
    changeOperation(deps),
    removeOperation(deps),
    rotateEndpointSecretOperation(deps),
  ];
}

function listOperation({ db }: SecretOperationsDependencies): Operation {
  return operation({
    ...OF_WEBHOOKS,
    id: 'listWebhooks',
    method: 'get',
    path: '/webhooks',
    summary: 'List webhook endpoints',
    description: 'Those of the calling client, oldest first; operators see all.',
    query: z.strictObject(pageParameters),
    responses: {
      200: jsonResponse('a page of endpoints', endpointList, { data: [EXAMPLE_ENDPOINT], next_cursor: null }),
    },
    problems: [INVALID_CURSOR],
    async handle({ visibleOwner, page, response }) {
      const { rows, nextCursor } = await listEndpoints(db, visibleOwner, page);
      response.json({ data: rows.map(toEndpointResource), next_cursor: nextCursor });
    },
  });
}

function getOperation({ db }: SecretOperationsDependencies): Operation {
  return operation({
    ...OF_ENDPOINT,
    id: 'getWebhook',
    method: 'get',
    path: '/webhooks/{endpoint_id}',
    summary: 'Read a webhook endpoint',
    description:
      'The response does not contain the secret, which cannot be read again. An endpoint of another client is answered with 404.',
    headers: ifNoneMatchHeader,
    responses: {
      200: jsonResponse('the endpoint', endpointResource, EXAMPLE_ENDPOINT, ETAG_HEADER),
      304: { description: 'the caller already has this version', headers: ETAG_HEADER },
    },
    async handle({ params, visibleOwner, request, response }) {
      const endpoint = await getEndpoint(db, params.endpoint_id, visibleOwner);
      if (isNotModified(request, endpoint.version))
        response.status(304).set('ETag', etagOf(endpoint.version)).end();
      else sendVersioned(response, 200, endpoint.version, toEndpointResource(endpoint));
    },
  });
}

function changeOperation({ db, policy }: SecretOperationsDependencies): Operation {
  return operation({
    ...OF_ENDPOINT,
    id: 'changeWebhook',
    method: 'patch',
    path: '/webhooks/{endpoint_id}',
    summary: 'Change a webhook endpoint',
    description:
      'Absent members keep their values; `metadata` is replaced as a whole. An endpoint that is enabled again gets the events from now on, and ' +
      'those of the time before it was disabled that it has not got.',
    headers: ifMatchHeader,
    body: changeBody(policy),
    bodyExample: { enabled: false },
    responses: {
      200: jsonResponse(
        'the endpoint',
        endpointResource,
        { ...EXAMPLE_ENDPOINT, enabled: false, disabled_reason: 'by_client', version: 2 },
        ETAG_HEADER,
      ),
    },
    problems: [PRECONDITION_FAILED],
    async handle({ params, body: change, visibleOwner, request, response }) {
      const endpoint = await changeEndpoint(db, params.endpoint_id, visibleOwner, {
        url: change.url,
        eventTypes: change.event_types === null ? [] : change.event_types,
        isEnabled: change.enabled,
        description: change.description,
        metadata: change.metadata,
        expected: expectedVersions(request),
      });
      sendVersioned(response, 200, endpoint.version, toEndpointResource(endpoint));
    },
  });
}

function removeOperation({ db }: SecretOperationsDependencies): Operation {
  return operation({
    ...OF_ENDPOINT,
    id: 'removeWebhook',
    method: 'delete',
    path: '/webhooks/{endpoint_id}',
    summary: 'Remove a webhook endpoint',
    description: 'Its waiting deliveries are not sent any more.',
    headers: ifMatchHeader,
    responses: { 204: { description: 'the endpoint is removed' } },
    problems: [VALIDATION_FAILED, PRECONDITION_FAILED],
    async handle({ params, visibleOwner, request, response }) {
      await removeEndpoint(db, params.endpoint_id, visibleOwner, expectedVersions(request));
      response.status(204).end();
    },
  });
}
