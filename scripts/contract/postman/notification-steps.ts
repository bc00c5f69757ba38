import { type StoryFolder } from './story-step';

const ORDER = 'order-service';

/** The notification settings of a client, and its notifications. */
export const NOTIFICATION_STEPS: StoryFolder = {
  name: '8 Notifications',
  description:
    'Sets the recipients of mails about low stock, and looks into the notifications. Nothing is low on stock.',
  steps: [
    {
      name: 'Set the recipients of mails about low stock',
      service: ORDER,
      operation: 'changeNotificationSettings',
      status: [200],
      tests: [
        "pm.test('keeps the recipients', () => pm.expect(body.low_stock.recipients).to.eql(['ops@shop.example']));",
      ],
    },
    {
      name: 'Read the notification settings',
      service: ORDER,
      operation: 'getNotificationSettings',
      status: [200],
      tests: ["pm.test('are enabled', () => pm.expect(body.low_stock.enabled).to.equal(true));"],
    },
    {
      name: 'List failed notifications',
      service: ORDER,
      operation: 'listNotifications',
      query: { status: 'failed' },
      status: [200],
    },
    {
      name: 'Retry a notification that does not exist',
      service: ORDER,
      operation: 'retryNotification',
      params: { notification_id: '{{$guid}}' },
      status: [404],
    },
  ],
};
