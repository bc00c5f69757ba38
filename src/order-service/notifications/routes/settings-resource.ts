import { z } from 'zod';
import { version } from '../../../shared/contracts/integers';
import { list } from '../../../shared/contracts/lists';
import { utcTimestamp } from '../../../shared/contracts/timestamps';
import { isMailAddress, MAIL_ADDRESS_PATTERN, MAX_ADDRESS_LENGTH } from '../domain/mail-address';
import { MAX_RECIPIENTS, type NotificationSettings } from '../domain/notification-settings';

const recipient = z
  .string()
  .refine(isMailAddress, 'must be an e-mail address such as ops@shop.example')
  .meta({ maxLength: MAX_ADDRESS_LENGTH, pattern: MAIL_ADDRESS_PATTERN });

const enabled = z
  .boolean()
  .describe('whether a mail is sent when the available stock of a product falls to its threshold');

export const settingsBody = z.strictObject({
  low_stock: z.strictObject({
    enabled,
    recipients: list(recipient, 0, MAX_RECIPIENTS).describe(
      'e-mail addresses of operators; an address that occurs several times is kept once',
    ),
  }),
});

/** The notification settings of a client, as the API shows them. */
export const settingsResource = z
  .object({
    low_stock: z.object({ enabled, recipients: z.array(z.string()).readonly() }),
    version: version.describe('counts the changes of the settings, from 1; also their ETag'),
    updated_at: utcTimestamp.nullable().describe('null: the settings have never been changed'),
  })
  .meta({ id: 'NotificationSettings' });

export const toSettingsResource = ({
  lowStock,
  version: number,
  updatedAt,
}: NotificationSettings): z.infer<typeof settingsResource> => ({
  low_stock: { enabled: lowStock.isEnabled, recipients: lowStock.recipients },
  version: number,
  updated_at: updatedAt?.toISOString() ?? null,
});

export const EXAMPLE_SETTINGS: z.infer<typeof settingsResource> = {
  low_stock: { enabled: true, recipients: ['ops@shop.example'] },
  version: 2,
  updated_at: '2026-11-21T04:00:10.755Z',
};
