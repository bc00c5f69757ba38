import { z } from 'zod';
import { version } from './integers';
import { uuid } from './text';
import { utcTimestamp } from './timestamps';

const count = z.int().min(0);

/** An event that a queue has refused and that waits to be sent again. */
export const refusedEventResource = z
  .object({
    event_id: uuid,
    subject_type: z.string().describe('the kind of thing that the event is about, such as `order`'),
    subject_id: uuid.describe('the id of that thing; the order_id if it is an order'),
    version: version.describe('the version of the subject in the event log'),
    type: z.string(),
    queue: z.string().describe('the queue that refuses it'),
    attempts: count.describe('how often the queue has refused it'),
    last_error: z.string().nullable().describe('the reason of the last refusal'),
    next_attempt_at: utcTimestamp.describe('when it is sent again'),
    occurred_at: utcTimestamp,
    held_events: count.describe('later events of the same subject that wait for it'),
  })
  .meta({ id: 'RefusedEvent' });
export type RefusedEventResource = z.infer<typeof refusedEventResource>;

/** `GET /outbox/refused`. */
export const refusedEventList = z
  .object({ data: z.array(refusedEventResource), next_cursor: z.string().nullable() })
  .meta({ id: 'RefusedEventList' });

const skipped = count.describe('selected events that are not refused, or are being sent at this moment');

/** `POST /outbox/refused/retry`. */
export const retryRefusedResult = z.object({ retried: count, skipped }).meta({ id: 'RetryRefusedResult' });
export type RetryRefusedResult = z.infer<typeof retryRefusedResult>;

/** `DELETE /outbox/refused`. */
export const dropRefusedResult = z.object({ dropped: count, skipped }).meta({ id: 'DropRefusedResult' });
export type DropRefusedResult = z.infer<typeof dropRefusedResult>;
