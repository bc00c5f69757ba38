import { type Database } from '../../../shared/postgres/queryable';
import { declareCrashPoint } from '../../../shared/resilience/crash-point';
import { type TakenMail } from '../domain/mail';
import { type Settlement } from '../domain/settle-mail';
import {
  MAILS_DUE,
  settleMail as settle,
  takeMails as take,
  type TakeRequest,
} from '../store/mail-queue-store';

const crashBeforeSettling = declareCrashPoint('notifications.before-settling');

/**
 * Takes due mails for this process, for the time of the lease. The owners take turns: those behind `afterOwner` come first, so that the queue of
 * one owner does not delay the mails of others.
 *
 * @returns in the order of taking; the owner of the last one is the next `afterOwner`.
 */
export async function takeMails(db: Database, request: TakeRequest): Promise<TakenMail[]> {
  const { most, afterOwner } = request;
  const taken = await db.transaction((tx) => take(tx, request));
  if (taken.length === most || afterOwner === '') return taken;
  const rest = { ...request, most: most - taken.length, afterOwner: '' };
  return [...taken, ...(await db.transaction((tx) => take(tx, rest)))];
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
