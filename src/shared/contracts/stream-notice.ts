import { z } from 'zod';

/** The names of the last event of a stream of server-sent events. */
export const STREAM_END_CODES = [
  'token_expired',
  'token_revoked',
  'order_ended',
  'server_stopping',
  'events_pruned',
  'history_changed',
  'internal_error',
] as const;

/** The data of the last event of a stream of server-sent events: the reason of the end. */
export const streamNotice = z
  .object({
    code: z.enum(STREAM_END_CODES).describe('the stable name of the reason; also the name of the event'),
    detail: z.string().describe('a description of the reason for people; the text may change'),
    earliest_cursor: z
      .string()
      .optional()
      .describe(
        'with events_pruned and history_changed: the first cursor behind which the events are complete',
      ),
  })
  .meta({ id: 'StreamNotice' });

export const EXAMPLE_STREAM_NOTICE = {
  code: 'server_stopping',
  detail: 'this instance is stopping; connect again',
} as const satisfies z.infer<typeof streamNotice>;
