import { z } from 'zod';
import { list, pageParameters } from '../contracts/lists';
import {
  dropRefusedResult,
  refusedEventList,
  type RefusedEventResource,
  retryRefusedResult,
} from '../contracts/outbox';
import { INVALID_CURSOR } from '../contracts/problem';
import { uuid } from '../contracts/text';
import {
  dropRefusedEvents,
  type RefusedEventDependencies,
  listRefusedEvents,
  type RefusedEvent,
  retryRefusedEvents,
} from '../event-log/manage-refused-events';
import { readPage } from '../postgres/keyset-page';
import { type ApiTag } from './openapi-document';
import { jsonResponse, operation, type Operation } from './operation';

export const OUTBOX_TAG: ApiTag = {
  name: 'outbox',
  description: 'The events of this service that a queue refuses.',
};

const COMMON = { tag: OUTBOX_TAG.name, access: 'ops:manage' } as const;

const EXAMPLE_REFUSED_EVENT: RefusedEventResource = {
  event_id: '01a1fc42-fc04-7c3d-8a7b-6f1f0a6f2d10',
  subject_type: 'order',
  subject_id: '01a1fc42-fc03-72fd-b531-1111a4fbee12',
  version: 1,
  type: 'ORDER_CREATED',
  queue: 'orders-queue.fifo',
  attempts: 3,
  last_error: 'InvalidMessageContents: Invalid characters found.',
  next_attempt_at: '2026-11-21T04:00:30.755Z',
  occurred_at: '2026-11-21T04:00:10.755Z',
  held_events: 0,
};

/** A bigint of PostgreSQL as text. */
const seq = z.string().regex(/^\d{1,18}$/);

/** The operations on events that a queue refuses, for holders of `ops:manage`. */
export function outboxOperations(deps: RefusedEventDependencies): Operation[] {
  return [listOperation(deps), retryOperation(deps), dropOperation(deps)];
}

const listQuery = z.strictObject(pageParameters);

function listOperation({ db }: RefusedEventDependencies): Operation {
  return operation({
    ...COMMON,
    id: 'listRefusedEvents',
    method: 'get',
    path: '/outbox/refused',
    summary: 'List events that a queue refuses',
    description:
      'Oldest first, each with the reason. The event is sent again at growing intervals, up to five minutes; meanwhile the later events of ' +
      'the same order wait, and those of all other orders are sent.',
    query: listQuery,
    responses: {
      200: jsonResponse('a page of refused events', refusedEventList, {
        data: [EXAMPLE_REFUSED_EVENT],
        next_cursor: null,
      }),
    },
    problems: [INVALID_CURSOR],
    async handle({ page, response }) {
      const { rows, nextCursor } = await readPage(page, {
        position: seq,
        positionOf: (event: RefusedEvent) => event.seq,
        read: (after, limit) => listRefusedEvents(db, after ?? '0', limit),
      });
      response.json({ data: rows.map(toResource), next_cursor: nextCursor });
    },
  });
}

const eventIds = (atMost: number) => list(uuid, 1, atMost);

const retryBody = z.strictObject({
  event_ids: eventIds(1_000).optional().describe('all refused events when absent'),
});

function retryOperation(deps: RefusedEventDependencies): Operation {
  return operation({
    ...COMMON,
    id: 'retryRefusedEvents',
    method: 'post',
    path: '/outbox/refused/retry',
    summary: 'Send refused events again now',
    description:
      'For use after the cause was removed. An event that is refused again waits for its next interval.',
    body: retryBody,
    bodyExample: { event_ids: [EXAMPLE_REFUSED_EVENT.event_id] },
    responses: { 200: jsonResponse('the outcome', retryRefusedResult, { retried: 1, skipped: 0 }) },
    async handle({ body, actor, response }) {
      const ids = body.event_ids ?? null;
      const retried = await retryRefusedEvents(deps, ids, actor);
      response.json({ retried, skipped: skippedOf(ids, retried) });
    },
  });
}

const dropQuery = z
  .strictObject({
    event_id: z
      .preprocess((value) => (typeof value === 'string' ? [value] : value), eventIds(100))
      .optional()
      .describe('can be repeated'),
    all: z.literal('true').optional(),
  })
  .refine(({ event_id: ids, all }) => (ids === undefined) !== (all === undefined), {
    path: ['all'],
    message: 'give either event_id or all=true',
  });

function dropOperation(deps: RefusedEventDependencies): Operation {
  return operation({
    ...COMMON,
    id: 'dropRefusedEvents',
    method: 'delete',
    path: '/outbox/refused',
    summary: 'Drop refused events',
    description:
      'Takes the events named by `event_id`, or all refused ones with `all=true`, out of the outbox. They stay in the event log but are ' +
      'never sent, also not by reconciliation; the later events of the same order no longer wait. The log records each event and the ' +
      'actor. A change that the other service can read over HTTP still reaches it that way.',
    query: dropQuery,
    responses: { 200: jsonResponse('the outcome', dropRefusedResult, { dropped: 1, skipped: 0 }) },
    async handle({ query, actor, response }) {
      const ids = query.event_id ?? null;
      const dropped = await dropRefusedEvents(deps, ids, actor);
      response.json({ dropped, skipped: skippedOf(ids, dropped) });
    },
  });
}

const skippedOf = (ids: readonly string[] | null, done: number): number =>
  ids === null ? 0 : new Set(ids.map((id) => id.toLowerCase())).size - done;

const toResource = (event: RefusedEvent): RefusedEventResource => ({
  event_id: event.eventId,
  subject_type: event.subjectType,
  subject_id: event.subjectId,
  version: event.version,
  type: event.type,
  queue: event.queue,
  attempts: event.attempts,
  last_error: event.lastError,
  next_attempt_at: event.nextAttemptAt.toISOString(),
  occurred_at: event.occurredAt.toISOString(),
  held_events: event.heldEvents,
});
