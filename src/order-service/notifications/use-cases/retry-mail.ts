import { AppError } from '../../../shared/errors';
import { type Database } from '../../../shared/postgres/queryable';
import { type RecordedMail } from '../domain/mail';
import {
  MAIL_NOT_CONFIGURED,
  NOTIFICATION_NOT_FAILED,
  NOTIFICATION_NOT_FOUND,
} from '../domain/problem-types';
import { lockMail, requeueMail } from '../store/mail-store';

export interface RetryMailDependencies {
  db: Database;
  /** Whether mails are sent. */
  isSent: boolean;
}

/**
 * Sends a mail that has failed, or was not sent, under the same Message-ID. Its schedule of attempts begins anew.
 *
 * @returns the mail, which is pending.
 * @throws AppError `not_found` also for a mail of another owner; `conflict` (`notification_not_failed`, `mail_not_configured`)
 */
export async function retryMail(
  { db, isSent }: RetryMailDependencies,
  mailId: string,
  visibleOwner: string | null,
): Promise<RecordedMail> {
  return db.transaction(async (tx) => {
    const mail = await lockMail(tx, mailId, visibleOwner);
    if (!mail) throw new AppError(NOTIFICATION_NOT_FOUND, NOTIFICATION_NOT_FOUND.detail);
    if (mail.status === 'pending' || mail.status === 'sent')
      throw new AppError(NOTIFICATION_NOT_FAILED, NOTIFICATION_NOT_FAILED.detail);
    if (!isSent) throw new AppError(MAIL_NOT_CONFIGURED, MAIL_NOT_CONFIGURED.detail);
    return requeueMail(tx, mailId);
  });
}
