import { z } from 'zod';
import { EXAMPLE_PUBLIC_EVENT } from '../../../shared/contracts/public-event-examples';
import { uuid } from '../../../shared/contracts/text';
import { utcTimestamp } from '../../../shared/contracts/timestamps';
import { MAIL_KINDS, MAIL_STATUSES, type RecordedMail, renderMail } from '../domain/mail';

export const NOTIFICATIONS_TAG = 'notifications';

/** The members of the declarations of all operations on notifications. */
export const OF_NOTIFICATIONS = { tag: NOTIFICATIONS_TAG, access: 'notification:manage' } as const;

/** A notification by e-mail, as the API shows it. */
export const notificationResource = z
  .object({
    notification_id: uuid,
    client_id: z.string().describe('the client whose settings named the recipient'),
    kind: z.enum(MAIL_KINDS),
    event_id: uuid.describe('the event that caused it'),
    recipient: z.string(),
    subject: z.string(),
    status: z
      .enum(MAIL_STATUSES)
      .describe(
        'sent: the mail server has accepted it; failed: it was refused, or the last attempt failed; not_sent: no mail server was set up',
      ),
    attempts: z.int().min(0).describe('the number of attempts that have begun'),
    next_attempt_at: utcTimestamp
      .nullable()
      .describe('null unless pending; while the mail is being sent, when it would be sent again'),
    sent_at: utcTimestamp.nullable(),
    last_error: z.string().nullable().describe('why the last attempt failed'),
    created_at: utcTimestamp,
  })
  .meta({ id: 'Notification' });

export const notificationList = z
  .object({ data: z.array(notificationResource), next_cursor: z.string().nullable() })
  .meta({ id: 'NotificationList' });

export const toNotificationResource = (mail: RecordedMail): z.infer<typeof notificationResource> => ({
  notification_id: mail.mailId,
  client_id: mail.owner,
  kind: mail.kind,
  event_id: mail.eventId,
  recipient: mail.recipient,
  subject: renderMail(mail).subject,
  status: mail.status,
  attempts: mail.attempts,
  next_attempt_at: mail.nextAttemptAt?.toISOString() ?? null,
  sent_at: mail.sentAt?.toISOString() ?? null,
  last_error: mail.lastError,
  created_at: mail.createdAt.toISOString(),
});

export const EXAMPLE_NOTIFICATION: z.infer<typeof notificationResource> = {
  notification_id: '01a1fc42-fc03-72fd-b531-1111a4fbee17',
  client_id: 'lamp-shop',
  kind: 'low_stock',
  event_id: EXAMPLE_PUBLIC_EVENT.id,
  recipient: 'ops@shop.example',
  subject: 'Low stock: Desk lamp (LAMP-1): 3 available, threshold 5',
  status: 'sent',
  attempts: 1,
  next_attempt_at: null,
  sent_at: '2026-11-21T04:00:11.204Z',
  last_error: null,
  created_at: '2026-11-21T04:00:10.755Z',
};
