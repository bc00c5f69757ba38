import { v7 as uuidv7 } from 'uuid';
import { AppError } from '../../../shared/errors';
import { type Queryable } from '../../../shared/postgres/queryable';
import { type AttemptAnswer } from '../domain/delivery';
import { noticeBody, TEST_TYPE } from '../domain/notice';
import { WEBHOOK_NOT_FOUND } from '../domain/problem-types';
import { type SecretSealing } from '../domain/sealed-secret';
import { isSuccess } from '../domain/settle-attempt';
import { findEndpoint } from '../store/endpoint-store';
import { type EndpointRequest } from './list-deliveries';
import { loadTargets } from './load-targets';
import { requireEndpoint } from './manage-endpoints';
import { type SignedRequest, webhookRequest } from './webhook-request';

export interface SendTestDependencies {
  db: Queryable;
  sealing: Pick<SecretSealing, 'open'>;
  /** Rejects only when too many other tests run. */
  send: (request: SignedRequest & { signal: AbortSignal }, clientId: string) => Promise<AttemptAnswer>;
}

export interface TestOutcome {
  eventId: string;
  hasSucceeded: boolean;
  answer: AttemptAnswer;
}

/**
 * Sends the event `webhook.test` to an endpoint, also a disabled one, and waits for the answer. It is neither recorded nor repeated, and changes
 * nothing about the endpoint.
 *
 * @throws AppError `not_found`, or `unavailable` when too many other tests run
 */
export async function sendTest(
  { db, sealing, send }: SendTestDependencies,
  { endpointId, visibleOwner }: EndpointRequest,
  signal: AbortSignal,
): Promise<TestOutcome> {
  requireEndpoint(await findEndpoint(db, endpointId, visibleOwner));
  const target = (await loadTargets(db, sealing, [endpointId])).get(endpointId);
  if (!target) throw new AppError(WEBHOOK_NOT_FOUND, WEBHOOK_NOT_FOUND.detail);
  if (target instanceof Error) throw target;
  const timestamp = new Date();
  const eventId = uuidv7();
  const body = noticeBody({ eventId, type: TEST_TYPE, occurredAt: timestamp, endpointId, data: {} });
  const answer = await send(
    { ...webhookRequest(target, { eventId, body }, timestamp), signal },
    target.clientId,
  );
  return { eventId, hasSucceeded: isSuccess(answer), answer };
}
