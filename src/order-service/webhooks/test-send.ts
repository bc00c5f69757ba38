import { createBoundedWork, OverloadedError } from '../../shared/resilience/bounded-work';
import { type WebhookSender } from './http-sender';
import { type SendTestDependencies } from './use-cases/send-test';

/** Requests of `POST /webhooks/{endpoint_id}/test` at a time, besides those of deliveries. */
export const PLACES_FOR_TESTS = 64;

const LIMITS = { concurrency: PLACES_FOR_TESTS, maxWaiting: 256, maxWaitingPerKey: 16, maxWaitMs: 5_000 };

/** Sends tests within a limit of their own, so that they take no places of deliveries; waiting clients are served in turn. */
export function createTestSend(sender: Pick<WebhookSender, 'send'>): SendTestDependencies['send'] {
  const work = createBoundedWork(LIMITS);
  return async (request, clientId) => {
    const { signal } = request;
    const { value } = await work.run([clientId], () => sender.send(request), { signal });
    if (value.kind === 'unsent') throw new OverloadedError('waited_too_long');
    return value;
  };
}
