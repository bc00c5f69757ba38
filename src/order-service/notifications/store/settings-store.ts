import { byKey, type Queryable, type Transaction } from '../../../shared/postgres/queryable';
import { type NotificationSettings } from '../domain/notification-settings';

const COLUMNS = 'low_stock_enabled, low_stock_recipients, version, updated_at';

/** Null: the owner has changed nothing. */
export async function findSettings(db: Queryable, owner: string): Promise<NotificationSettings | null> {
  const { rows } = await db.query<SettingsRow>(
    byKey(`SELECT ${COLUMNS} FROM notification_settings WHERE owner = $1`),
    [owner],
  );
  return rows[0] ? toSettings(rows[0]) : null;
}

/** The settings of an owner, locked until the end of the transaction. An owner without a row gets one with the defaults. */
export async function lockSettings(tx: Transaction, owner: string): Promise<NotificationSettings> {
  tx.send('INSERT INTO notification_settings (owner) VALUES ($1) ON CONFLICT (owner) DO NOTHING', [owner]);
  const { rows } = await tx.query<SettingsRow>(
    byKey(`SELECT ${COLUMNS} FROM notification_settings WHERE owner = $1 FOR UPDATE`),
    [owner],
  );
  const [row] = rows;
  if (!row) throw new Error('the settings were removed meanwhile');
  return toSettings(row);
}

/** The settings must be locked. */
export async function updateSettings(
  tx: Transaction,
  owner: string,
  { lowStock, version, updatedAt }: NotificationSettings,
): Promise<void> {
  await tx.query(
    `UPDATE notification_settings
        SET low_stock_enabled = $2, low_stock_recipients = $3, version = $4, updated_at = $5
      WHERE owner = $1`,
    [owner, lowStock.isEnabled, lowStock.recipients, version, updatedAt],
  );
}

interface SettingsRow {
  low_stock_enabled: boolean;
  low_stock_recipients: string[];
  version: number;
  updated_at: Date | null;
}

const toSettings = (row: SettingsRow): NotificationSettings => ({
  lowStock: { isEnabled: row.low_stock_enabled, recipients: row.low_stock_recipients },
  version: row.version,
  updatedAt: row.updated_at,
});
