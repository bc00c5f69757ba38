import { member, status } from '../checks';
import { tokenRequest } from '../requests';
import { type Step } from '../story';

/** Both services and an access token. */
export const PREPARATION_STEPS: readonly Step[] = [
  {
    heading: 'The Order Service is healthy',
    why: 'PostgreSQL must answer; an outage of Redis or SQS loses no order.',
    request: ({ orderUrl }) => ({ method: 'GET', url: `${orderUrl}/health` }),
    checks: () => [status(200), member('status', 'up')],
  },
  {
    heading: 'The Delivery Service is healthy',
    why: 'It has its own database; the two services share only two queues.',
    request: ({ deliveryUrl }) => ({ method: 'GET', url: `${deliveryUrl}/health` }),
    checks: () => [status(200), member('status', 'up')],
  },
  {
    heading: 'A token for demo-client',
    why: 'OAuth 2.0 client credentials. Later commands use it as $TOKEN.',
    request: (story) => tokenRequest(story, 'demo-client'),
    checks: () => [status(200), member('token_type', 'Bearer')],
    keep: { member: 'access_token', as: 'TOKEN' },
  },
];
