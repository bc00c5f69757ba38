import { type z } from 'zod';
import { type Envelope } from '../contracts/messages';
import { PoisonMessageError } from '../errors';
import { addLogField, childTraceparent, runInContext } from '../observability/context';
import { parseMessageBody } from './message-body';

/** The schema and the handler of one message type. */
export interface Route<S extends z.ZodType<Envelope> = z.ZodType<Envelope>> {
  schema: S;
  handle: (message: z.output<S>) => Promise<void>;
}

/** Binds a handler to the schema of the messages that it handles. */
export function route<S extends z.ZodType<Envelope>>(
  schema: S,
  handle: (message: z.output<S>) => Promise<void>,
): Route {
  return { schema, handle: (message) => handle(message as z.output<S>) };
}

/**
 * Creates the handler of a queue from a table {type → schema, handler}. A message of unknown type or with a malformed body throws
 * PoisonMessageError, so that it is never acknowledged as done. The handler runs in the context of the message's correlation id and
 * trace.
 */
export function messageRouter(routes: Readonly<Record<string, Route>>): (body: string) => Promise<void> {
  return async (body) => {
    const envelope = parseMessageBody(body);
    const match = Object.hasOwn(routes, envelope.type) ? routes[envelope.type] : undefined;
    if (!match) throw new PoisonMessageError(`unknown message type ${envelope.type}`);
    const message = match.schema.safeParse(envelope);
    if (!message.success)
      throw new PoisonMessageError(`malformed ${envelope.type}: ${message.error.message}`);
    const ids = {
      correlationId: envelope.correlation_id,
      traceparent: childTraceparent(envelope.traceparent),
    };
    await runInContext(ids, async () => {
      addLogField('order_id', envelope.order_id);
      await match.handle(message.data);
    });
  };
}
