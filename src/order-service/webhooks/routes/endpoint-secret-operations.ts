import { type Request, type Response } from 'express';
import { z } from 'zod';
import { etagOf } from '../../../shared/http/conditional-requests';
import { sendAnswer } from '../../../shared/http/idempotent-response';
import { jsonResponse, operation, type Operation } from '../../../shared/http/operation';
import { type AnswerOnce } from '../../../shared/idempotency/run-once';
import { WEBHOOK_LIMIT_REACHED } from '../domain/problem-types';
import { type TargetPolicy } from '../domain/target-url';
import { createEndpoint, type CreateEndpointDependencies } from '../use-cases/create-endpoint';
import { rotateEndpointSecret } from '../use-cases/rotate-endpoint-secret';
import {
  answerWithSecret,
  createBody,
  endpointWithSecret,
  ETAG_HEADER,
  EXAMPLE_ENDPOINT,
  EXAMPLE_ENDPOINT_WITH_SECRET,
  type EndpointResource,
  OF_ENDPOINT,
  OF_WEBHOOKS,
} from './endpoint-resource';

export interface SecretOperationsDependencies extends Omit<CreateEndpointDependencies, 'render'> {
  /** Where webhooks may be sent. */
  policy: TargetPolicy;
}

/** Creates an endpoint and its secret. */
export function createEndpointOperation({ policy, ...deps }: SecretOperationsDependencies): Operation {
  return operation({
    ...OF_WEBHOOKS,
    id: 'createWebhook',
    method: 'post',
    path: '/webhooks',
    summary: 'Create a webhook endpoint',
    description:
      'It gets the events of the orders of the calling client from now on. Only this response contains the secret with which the requests ' +
      'are signed. For 24 hours, a repeated request with the same Idempotency-Key creates nothing and gets this response without the secret. ' +
      'Several endpoints may have the same URL.',
    idempotent: true,
    body: createBody(policy),
    bodyExample: {
      url: EXAMPLE_ENDPOINT.url,
      event_types: EXAMPLE_ENDPOINT.event_types,
      description: 'the shop',
    },
    responses: {
      201: jsonResponse('the endpoint and its secret', endpointWithSecret, EXAMPLE_ENDPOINT_WITH_SECRET, {
        ...ETAG_HEADER,
        Location: 'the path of the endpoint',
      }),
    },
    problems: [WEBHOOK_LIMIT_REACHED],
    async handle({ body, owner, idempotency, request, response }) {
      const endpoint = {
        clientId: owner,
        url: body.url,
        eventTypes: body.event_types ?? [],
        isEnabled: body.enabled,
        description: body.description,
        metadata: body.metadata,
      };
      const answer = await createEndpoint({ ...deps, render: answerWithSecret(201) }, endpoint, idempotency);
      sendWithSecret(request, response, answer);
    },
  });
}

const rotateBody = z.strictObject({
  grace_seconds: z
    .int()
    .min(0)
    .max(604_800)
    .default(86_400)
    .describe('how long requests also have the signature of the old secret'),
});

/** Gives an endpoint a new secret. */
export function rotateEndpointSecretOperation(deps: SecretOperationsDependencies): Operation {
  const example = {
    ...EXAMPLE_ENDPOINT_WITH_SECRET,
    previous_secret_until: '2026-11-22T04:00:10.755Z',
    version: 2,
  };
  return operation({
    ...OF_ENDPOINT,
    id: 'rotateWebhookSecret',
    method: 'post',
    path: '/webhooks/{endpoint_id}/rotate-secret',
    summary: 'Rotate the secret of a webhook endpoint',
    description:
      'Requests have the signatures of both secrets during the grace period, so that every instance of the receiver can be given the new ' +
      'one. Only this response contains the secret. For 24 hours, a repeated request with the same Idempotency-Key changes nothing and gets ' +
      'this response without the secret; another rotation ends the validity of the secret before the last.',
    idempotent: true,
    body: rotateBody,
    bodyExample: { grace_seconds: 3_600 },
    responses: {
      200: jsonResponse('the endpoint and its new secret', endpointWithSecret, example, ETAG_HEADER),
    },
    async handle({ params, body, visibleOwner, idempotency, request, response }) {
      const rotation = { endpointId: params.endpoint_id, visibleOwner, graceSeconds: body.grace_seconds };
      const rotating = { ...deps, render: answerWithSecret(200) };
      sendWithSecret(request, response, await rotateEndpointSecret(rotating, rotation, idempotency));
    },
  });
}

/** An answer with a secret must not be stored by caches. */
function sendWithSecret(request: Request, response: Response, answer: AnswerOnce): void {
  const { endpoint_id: id, version } = JSON.parse(answer.body) as EndpointResource;
  response.set({ 'Cache-Control': 'no-store', ETag: etagOf(version) });
  if (answer.status === 201) response.set('Location', `${request.baseUrl}/webhooks/${id}`);
  sendAnswer(response, answer);
}
