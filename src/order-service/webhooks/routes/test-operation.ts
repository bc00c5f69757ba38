import { z } from 'zod';
import { QUOTA_EXCEEDED } from '../../../shared/contracts/problem';
import { uuid } from '../../../shared/contracts/text';
import { AppError } from '../../../shared/errors';
import { untilClientDisconnects } from '../../../shared/http/client-disconnect';
import { jsonResponse, operation, type Operation } from '../../../shared/http/operation';
import { createConcurrencyLimit } from '../../../shared/resilience/concurrency-limit';
import { sendTest, type SendTestDependencies, type TestOutcome } from '../use-cases/send-test';
import { OF_ENDPOINT } from './endpoint-resource';

const testOutcome = z
  .object({
    event_id: uuid,
    succeeded: z.boolean(),
    http_status: z.int().nullable().describe('null: there was no response'),
    latency_ms: z.int().min(0),
    error: z.string().nullable().describe('why there was no response'),
    response_excerpt: z.string().nullable().describe('the first 1 kB of the response'),
  })
  .meta({ id: 'WebhookTestOutcome' });

/** Tests of one client that may run at a time: each can take as long as a request. */
const MOST_AT_A_TIME = 4;

/** Sends an event to an endpoint at once, and answers with the outcome. */
export function testWebhookOperation(deps: SendTestDependencies): Operation {
  const limit = createConcurrencyLimit({
    max: MOST_AT_A_TIME,
    maxWaiting: 0,
    maxWaitMs: 0,
    refusal: () =>
      new AppError(QUOTA_EXCEEDED, 'too many tests of this client at once; wait until one has ended', {
        retryAfterSeconds: 1,
      }),
  });
  return operation({
    ...OF_ENDPOINT,
    id: 'testWebhook',
    method: 'post',
    path: '/webhooks/{endpoint_id}/test',
    summary: 'Test a webhook endpoint',
    description:
      'Sends an event of the type `webhook.test`, also to a disabled endpoint, and waits up to 15 s for its response. The event is neither ' +
      'recorded nor repeated, and a failure does not count.',
    responses: {
      200: jsonResponse('the outcome, also when the endpoint failed', testOutcome, {
        event_id: '01a1fc42-fc03-72fd-b531-1111a4fbee15',
        succeeded: true,
        http_status: 200,
        latency_ms: 42,
        error: null,
        response_excerpt: 'ok',
      }),
    },
    async handle({ params, caller, visibleOwner, response }) {
      const request = { endpointId: params.endpoint_id, visibleOwner };
      await untilClientDisconnects(response, async (signal) => {
        const outcome = await limit({ key: caller.clientId, signal }, () => sendTest(deps, request, signal));
        response.json(toResource(outcome));
      });
    },
  });
}

const toResource = ({ eventId, hasSucceeded, answer }: TestOutcome): z.infer<typeof testOutcome> => ({
  event_id: eventId,
  succeeded: hasSucceeded,
  http_status: answer.kind === 'answered' ? answer.status : null,
  latency_ms: Math.round(answer.latencyMs),
  error: answer.kind === 'failed' ? answer.error : null,
  response_excerpt: answer.kind === 'answered' ? answer.excerpt : null,
});
