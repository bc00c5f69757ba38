import { type ExpectedVersions, requireVersion } from '../../../shared/errors';
import { type Database, type Queryable } from '../../../shared/postgres/queryable';
import {
  changeSettings as change,
  DEFAULT_SETTINGS,
  type LowStockSettings,
  type NotificationSettings,
} from '../domain/notification-settings';
import { findSettings, lockSettings, updateSettings } from '../store/settings-store';

/** The settings of an owner; the defaults when it has changed nothing. */
export async function getSettings(db: Queryable, owner: string): Promise<NotificationSettings> {
  return (await findSettings(db, owner)) ?? DEFAULT_SETTINGS;
}

/**
 * Replaces the settings of an owner. They hold for events that are read from now on.
 *
 * @throws AppError `precondition_failed`
 */
export async function changeSettings(
  db: Database,
  owner: string,
  lowStock: LowStockSettings,
  expected: ExpectedVersions,
): Promise<NotificationSettings> {
  return db.transaction(async (tx) => {
    const current = await lockSettings(tx, owner);
    requireVersion(expected, current.version);
    const changed = change(current, lowStock, new Date());
    if (changed !== null) await updateSettings(tx, owner, changed);
    return changed ?? current;
  });
}
