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
