import { z } from 'zod';
import { uuid } from '../../../shared/contracts/text';
import { timestamp, utcTimestamp } from '../../../shared/contracts/timestamps';
import { sendAnswer } from '../../../shared/http/idempotent-response';
import { jsonResponse, operation, type Operation } from '../../../shared/http/operation';
import { type Database } from '../../../shared/postgres/queryable';
import {
  REPLAY_IN_PROGRESS,
  REPLAY_NOT_FOUND,
  WEBHOOK_DISABLED,
  WEBHOOK_NOT_FOUND,
} from '../domain/problem-types';
import { getReplay, startReplay, type StartReplayDependencies } from '../use-cases/start-replay';
import { OF_ENDPOINT } from './endpoint-resource';

const replayResource = z
  .object({
    replay_id: uuid,
    endpoint_id: uuid,
    from: utcTimestamp,
    to: utcTimestamp.describe('not included'),
    status: z
      .enum(['in_progress', 'ended'])
      .describe('ended: all events are in the queue of the endpoint, or were sent already'),
    queued: z.int().min(0).describe('the number of events that were added to the queue so far'),
    is_complete: z
      .boolean()
      .describe(
        'false: some events were removed from the log before they were queued, or could not be presented',
      ),
    created_at: utcTimestamp,
    ended_at: utcTimestamp.nullable(),
  })
  .meta({ id: 'WebhookReplay' });

const EXAMPLE_REPLAY: z.infer<typeof replayResource> = {
  replay_id: '01a1fc42-fc03-72fd-b531-1111a4fbee16',
  endpoint_id: '01a1fc42-fc03-72fd-b531-1111a4fbee14',
  from: '2026-11-20T00:00:00.000Z',
  to: '2026-11-21T00:00:00.000Z',
  status: 'in_progress',
  queued: 0,
  is_complete: true,
  created_at: '2026-11-21T04:00:10.755Z',
  ended_at: null,
};

const replayBody = z.strictObject({
  from: timestamp.describe('when the first events occurred'),
  to: timestamp.optional().describe('events that occurred then or later are left out; absent: now'),
});

export function replayOperations({ db }: { db: Database }): Operation[] {
  return [startOperation(db), getOperation(db)];
}

function startOperation(db: Database): Operation {
  return operation({
    ...OF_ENDPOINT,
    id: 'replayWebhookEvents',
    method: 'post',
    path: '/webhooks/{endpoint_id}/replay',
    summary: 'Send the events of a time range again',
    description:
      'For events that the endpoint lost, or that occurred while it was disabled. They are sent under their ids, those of an order, of a ' +
      'product or of its stock one after the other; the receiver gets earlier versions again. The range is at most 30 days long. One replay of an endpoint runs at a ' +
      'time. Only events of the types that the endpoint receives are sent.',
    idempotent: true,
    body: replayBody,
    bodyExample: { from: EXAMPLE_REPLAY.from, to: EXAMPLE_REPLAY.to },
    responses: {
      202: jsonResponse('the replay, which has begun', replayResource, EXAMPLE_REPLAY, {
        Location: 'the path of the replay',
      }),
    },
    problems: [WEBHOOK_DISABLED, REPLAY_IN_PROGRESS],
    async handle({ params, body, visibleOwner, idempotency, request, response }) {
      const range = { from: new Date(body.from), to: body.to === undefined ? new Date() : new Date(body.to) };
      const replay = { endpointId: params.endpoint_id, visibleOwner, ...range };
      const answer = await startReplay({ db, render: toReplayResource }, replay, idempotency);
      const { endpoint_id: endpointId, replay_id: id } = JSON.parse(answer.body) as z.infer<
        typeof replayResource
      >;
      response.set('Location', `${request.baseUrl}/webhooks/${endpointId}/replays/${id}`);
      sendAnswer(response, answer);
    },
  });
}

function getOperation(db: Database): Operation {
  return operation({
    ...OF_ENDPOINT,
    id: 'getWebhookReplay',
    method: 'get',
    path: '/webhooks/{endpoint_id}/replays/{replay_id}',
    summary: 'Read a replay',
    description:
      'Whether all events are in the queue. The list of deliveries shows whether they have arrived.',
    params: OF_ENDPOINT.params.extend({ replay_id: uuid }),
    notFound: REPLAY_NOT_FOUND,
    responses: { 200: jsonResponse('the replay', replayResource, EXAMPLE_REPLAY) },
    problems: [WEBHOOK_NOT_FOUND],
    async handle({ params, visibleOwner, response }) {
      const request = { endpointId: params.endpoint_id, replayId: params.replay_id, visibleOwner };
      response.json(toReplayResource(await getReplay(db, request)));
    },
  });
}

const toReplayResource: StartReplayDependencies['render'] = (replay): z.infer<typeof replayResource> => ({
  replay_id: replay.replayId,
  endpoint_id: replay.endpointId,
  from: replay.from.toISOString(),
  to: replay.to.toISOString(),
  status: replay.endedAt === null ? 'in_progress' : 'ended',
  queued: replay.queued,
  is_complete: !replay.isIncomplete,
  created_at: replay.createdAt.toISOString(),
  ended_at: replay.endedAt?.toISOString() ?? null,
});
