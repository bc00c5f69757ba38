import { randomUUID } from 'node:crypto';
import { type Origin } from './event';
import { currentContext } from '../observability/context';
import { childTraceparent } from '../observability/tracing';

/** The origin of what the current request or message causes; outside of both, a thread of its own. */
export function originOf(actor: string): Origin {
  const context = currentContext();
  return {
    actor,
    correlationId: context?.correlationId ?? randomUUID(),
    traceparent: context?.traceparent ?? childTraceparent(),
  };
}
