import { type Database } from '../../../shared/postgres/queryable';
import { declareCrashPoint } from '../../../shared/resilience/crash-point';
import { type TakenMail } from '../domain/mail';
import { type Settlement } from '../domain/settle-mail';
import { MAILS_DUE, settleMail as settle, takeMails as take } from '../store/mail-queue-store';

const crashBeforeSettling = declareCrashPoint('notifications.before-settling');

/** Takes due mails for this process, for the time of the lease. */
export function takeMails(db: Database, request: { most: number; leaseMs: number }): Promise<TakenMail[]> {
  return db.transaction((tx) => take(tx, request));
}

/**
 * Records the result of an attempt. A process that ends before it leaves the mail to another one, which repeats it under the same Message-ID.
 *
 * @returns false when the lease had ended and the mail was taken again; then nothing is changed.
 */
export async function settleMail(db: Database, mail: TakenMail, settlement: Settlement): Promise<boolean> {
  crashBeforeSettling();
  return db.transaction((tx) => settle(tx, mail, settlement));
}

/** Adds a listener for transactions of this process that made mails due. */
export function onMailsDue(db: Database, listener: () => void): void {
  db.onCommitted(MAILS_DUE, listener);
}
