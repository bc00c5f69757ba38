import { problemType } from '../../../shared/contracts/problem';

export const ORIGIN_NOT_ALLOWED = problemType(
  'forbidden',
  'origin_not_allowed',
  'pages of this origin may not open a WebSocket',
);
export const UPGRADE_REQUIRED = problemType(
  'upgrade_required',
  'upgrade_required',
  'this path serves WebSockets: send Connection: Upgrade, Upgrade: websocket and Sec-WebSocket-Version: 13',
);

/** Only in messages of a WebSocket. */
export const SUBSCRIPTION_EXISTS = problemType(
  'conflict',
  'subscription_exists',
  'the connection already has a subscription with this id',
);
export const SUBSCRIPTION_NOT_FOUND = problemType(
  'not_found',
  'subscription_not_found',
  'the connection has no subscription with this id',
);
export const TOO_MANY_SUBSCRIPTIONS = problemType(
  'quota_exceeded',
  'too_many_subscriptions',
  'the connection already has the maximum number of subscriptions',
);
