import { normalisedAddress } from './mail-address';

/** The notifications that an owner wants. */
export interface NotificationSettings {
  lowStock: LowStockSettings;
  /** 1 until the first change. */
  version: number;
  /** Null until the first change. */
  updatedAt: Date | null;
}

export interface LowStockSettings {
  isEnabled: boolean;
  recipients: readonly string[];
}

export const MAX_RECIPIENTS = 10;

/** Of an owner that has changed nothing. */
export const DEFAULT_SETTINGS: NotificationSettings = {
  lowStock: { isEnabled: false, recipients: [] },
  version: 1,
  updatedAt: null,
};

/** The settings after a change; null when nothing differs. An address that occurs several times is kept once. */
export function changeSettings(
  current: NotificationSettings,
  { isEnabled, recipients: given }: LowStockSettings,
  now: Date,
): NotificationSettings | null {
  const recipients = [...new Set(given.map(normalisedAddress))];
  const { lowStock, version } = current;
  const isSame =
    isEnabled === lowStock.isEnabled &&
    recipients.length === lowStock.recipients.length &&
    recipients.every((address, index) => address === lowStock.recipients[index]);
  return isSame ? null : { lowStock: { isEnabled, recipients }, version: version + 1, updatedAt: now };
}
