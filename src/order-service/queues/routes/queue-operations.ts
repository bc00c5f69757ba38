import { z } from 'zod';
import { integerParameter } from '../../../shared/contracts/integers';
import { list } from '../../../shared/contracts/lists';
import {
  deadLetterList,
  type DeadLetterResource,
  dropResult,
  ORDERS_QUEUE,
  QUEUE_NOT_FOUND,
  queueList,
  type QueueResource,
  redriveResult,
} from '../../../shared/contracts/queues';
import { text } from '../../../shared/contracts/text';
import { type DeadLetters } from '../../../shared/dead-letters/dead-letters';
import { jsonResponse, operation, type Operation } from '../../../shared/http/operation';
import { listQueues, type ListQueuesDependencies } from '../use-cases/list-queues';

const ORDER_ID = '0190a0a0-0000-7000-8000-000000000001';
const EXAMPLE_ENVELOPE_ID = '0190a0a0-0000-7000-8000-000000000002';

const EXAMPLE_QUEUE: QueueResource = {
  name: ORDERS_QUEUE,
  depth: 3,
  in_flight: 1,
  delayed: 0,
  dead_letters: 1,
  oldest_dead_letter_age_seconds: 81.4,
  oldest_unpublished_age_seconds: null,
};

const EXAMPLE_DEAD_LETTER: DeadLetterResource = {
  message_id: 'f2b1f6f5-3c56-4b8e-9a65-0d1f6f0f5a11',
  envelope_id: EXAMPLE_ENVELOPE_ID,
  order_id: ORDER_ID,
  type: 'ORDER_CREATED',
  reason: 'the database is temporarily unavailable',
  failed_at: '2026-11-21T04:01:31.502Z',
  sent_at: '2026-11-21T04:00:10.755Z',
  receives: 5,
  body: {
    id: EXAMPLE_ENVELOPE_ID,
    type: 'ORDER_CREATED',
    schema_version: 1,
    order_id: ORDER_ID,
    version: 1,
    occurred_at: '2026-11-21T04:00:10.701Z',
    correlation_id: '5b1f3c1e-6a55-4a3e-9f0c-1f3f6f0f5a11',
    traceparent: '00-0123456789abcdef0123456789abcdef-0123456789abcdef-01',
    payload: { customer_id: 'customer-1' },
  },
};

export const QUEUES_TAG = 'queues';

const COMMON = { tag: QUEUES_TAG, access: 'ops:manage' } as const;

const params = z.object({
  name: z
    .string()
    .describe('the name of the live queue, not of its dead-letter queue')
    .meta({ example: ORDERS_QUEUE }),
});

const deadLetterIds = (atMost: number) => list(text(1, 100), 1, atMost);

const REACH_NOTE =
  'A FIFO queue delivers further messages of an order only after the earlier ones are removed: of an order with many dead letters, only ' +
  'the first ones can be reached at a time.';

export interface QueueOperationsDependencies extends ListQueuesDependencies {
  deadLetters: DeadLetters;
}

/** The operations on queues and their dead letters, for holders of `ops:manage`. */
export function queueOperations(deps: QueueOperationsDependencies): Operation[] {
  return [listOperation(deps), peekOperation(deps), redriveOperation(deps), dropOperation(deps)];
}

function listOperation(deps: QueueOperationsDependencies): Operation {
  return operation({
    ...COMMON,
    id: 'listQueues',
    method: 'get',
    path: '/queues',
    summary: 'List the queues',
    description:
      'The message counts of both queues between the services, and the ages of the oldest waiting entries.',
    responses: { 200: jsonResponse('the queues', queueList, { data: [EXAMPLE_QUEUE], next_cursor: null }) },
    async handle({ response }) {
      response.json({ data: await listQueues(deps), next_cursor: null });
    },
  });
}

const peekQuery = z.strictObject({ limit: integerParameter(1, 100, 20) });

function peekOperation({ deadLetters }: QueueOperationsDependencies): Operation {
  return operation({
    ...COMMON,
    id: 'peekDeadLetters',
    method: 'get',
    path: '/queues/{name}/dead-letters',
    summary: 'List dead letters',
    description: `Oldest first, each with the reason of its failure. No message is removed. ${REACH_NOTE}`,
    params,
    notFound: QUEUE_NOT_FOUND,
    query: peekQuery,
    responses: {
      200: jsonResponse('dead letters', deadLetterList, { data: [EXAMPLE_DEAD_LETTER], next_cursor: null }),
    },
    async handle({ params: { name }, query, response }) {
      response.json({ data: await deadLetters.peek(name, query.limit), next_cursor: null });
    },
  });
}

const redriveBody = z.strictObject({
  message_ids: deadLetterIds(1_000)
    .optional()
    .describe('envelope ids or message ids; all dead letters when absent'),
});

function redriveOperation({ deadLetters }: QueueOperationsDependencies): Operation {
  return operation({
    ...COMMON,
    id: 'redriveDeadLetters',
    method: 'post',
    path: '/queues/{name}/redrive',
    summary: 'Redrive dead letters',
    description:
      'Sends dead letters to the queue that they come from, those of one order in sequence. Each is removed only after that queue has ' +
      `accepted it, so a request whose response was lost can be repeated. The log records each message and the actor. ${REACH_NOTE}`,
    params,
    notFound: QUEUE_NOT_FOUND,
    body: redriveBody,
    bodyExample: { message_ids: [EXAMPLE_ENVELOPE_ID] },
    responses: {
      200: jsonResponse('the outcome', redriveResult, { redriven: 1, failed: 0, skipped: 0 }),
    },
    async handle({ params: { name }, body, actor, response }) {
      response.json(await deadLetters.redrive(name, body.message_ids ?? null, actor));
    },
  });
}

const dropQuery = z
  .strictObject({
    message_id: z
      .preprocess((value) => (typeof value === 'string' ? [value] : value), deadLetterIds(100))
      .optional()
      .describe('envelope id or message id; can be repeated'),
    all: z.literal('true').optional(),
  })
  .refine(({ message_id: ids, all }) => (ids === undefined) !== (all === undefined), {
    path: ['all'],
    message: 'give either message_id or all=true',
  });

function dropOperation({ deadLetters }: QueueOperationsDependencies): Operation {
  return operation({
    ...COMMON,
    id: 'dropDeadLetters',
    method: 'delete',
    path: '/queues/{name}/dead-letters',
    summary: 'Delete dead letters',
    description: `Permanently deletes the dead letters named by \`message_id\`, or all with \`all=true\`. The log records each message and the actor. ${REACH_NOTE}`,
    params,
    notFound: QUEUE_NOT_FOUND,
    query: dropQuery,
    responses: {
      200: jsonResponse('the outcome', dropResult, { dropped: 1, failed: 0, skipped: 0 }),
    },
    async handle({ params: { name }, query, actor, response }) {
      response.json(await deadLetters.drop(name, query.message_id ?? null, actor));
    },
  });
}
