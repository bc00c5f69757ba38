import { leastIdAt } from '../../../shared/contracts/text';
import { type Queryable } from '../../../shared/postgres/queryable';
import { countBehind } from '../store/cursor-store';
import { countPendingMails, removeMails } from '../store/mail-count-store';

const DAY_MS = 86_400_000;

/** Removes mails that were written before the retention, whatever their status, a few at a time. Returns how many. */
export const pruneMails = (db: Queryable, days: number): Promise<number> =>
  removeMails(db, leastIdAt(Date.now() - days * DAY_MS));

/** The number of pending mails, up to 100 001. */
export const countPending = (db: Queryable): Promise<number> => countPendingMails(db);

/** The number of events of the feed that were not read for notifications yet. */
export const countEventsBehind = (db: Queryable): Promise<number> => countBehind(db);
