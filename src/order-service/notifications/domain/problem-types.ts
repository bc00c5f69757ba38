import { problemType } from '../../../shared/contracts/problem';

export const NOTIFICATION_NOT_FOUND = problemType(
  'not_found',
  'notification_not_found',
  'there is no such notification; notifications are kept for 30 days',
);
export const NOTIFICATION_NOT_FAILED = problemType(
  'conflict',
  'notification_not_failed',
  'the notification is pending or was sent; only one that has failed or was not sent can be retried',
);
export const MAIL_NOT_CONFIGURED = problemType(
  'conflict',
  'mail_not_configured',
  'no mail server is set up (MAIL_URL), so that the notification cannot be sent',
);
