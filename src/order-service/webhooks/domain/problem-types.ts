import { problemType } from '../../../shared/contracts/problem';

export const WEBHOOK_NOT_FOUND = problemType(
  'not_found',
  'webhook_not_found',
  'there is no such webhook endpoint',
);
export const WEBHOOK_LIMIT_REACHED = problemType(
  'conflict',
  'webhook_limit_reached',
  'the client has 16 webhook endpoints, which is the maximum',
);
export const DELIVERY_NOT_FOUND = problemType(
  'not_found',
  'delivery_not_found',
  'the endpoint has no such delivery; deliveries are kept for 30 days',
);
export const REPLAY_NOT_FOUND = problemType(
  'not_found',
  'replay_not_found',
  'the endpoint has no such replay',
);
export const WEBHOOK_DISABLED = problemType(
  'conflict',
  'webhook_disabled',
  'the webhook endpoint is disabled; enable it first',
);
export const REPLAY_IN_PROGRESS = problemType(
  'conflict',
  'replay_in_progress',
  'another replay of the webhook endpoint has not ended',
);
