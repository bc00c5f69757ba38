import { z } from 'zod';
import { uuid } from './ids';
import { version } from './integers';
import { utcTimestamp } from './timestamps';

/** What every message carries, whatever its type. The payload is checked by the message's own schema. */
export const envelope = z.object({
  id: uuid,
  type: z.string().min(1).max(100),
  schema_version: z.literal(1),
  order_id: uuid,
  /** Counts 1, 2, 3… per order within the log of the service that sent it. */
  version,
  occurred_at: utcTimestamp,
  correlation_id: z.string().min(1).max(128),
  /** W3C Trace Context of the step that wrote the event. */
  traceparent: z.string().min(1).max(100),
  payload: z.unknown(),
});

export type Envelope = z.infer<typeof envelope>;

/** A message of one type: the envelope with that literal type and the type's own payload. */
export function message<T extends string, P extends z.ZodType>(type: T, payload: P) {
  return envelope.extend({ type: z.literal(type), payload });
}
