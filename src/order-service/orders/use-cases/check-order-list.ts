import { PublicHealthError } from '../../../shared/errors';
import { type Queryable } from '../../../shared/postgres/queryable';
import { withTimeout } from '../../../shared/runtime/with-timeout';
import { countUnlisted, MOST_WAITING } from '../store/order-list-updates';

/** The time limit of the query, in milliseconds. After it the distance is unknown, and the health check of the database reports the reason. */
const TIMEOUT_MS = 1_000;

/** The number of events that the order list has not followed, up to one more than the number at which lists are refused. */
export const countEventsBehindList = (db: Queryable): Promise<number> => countUnlisted(db);

/** The health check of the order list. It throws an error while so many events wait that lists and exports are refused. */
export async function checkOrderList(db: Queryable): Promise<void> {
  const waiting = await withTimeout(TIMEOUT_MS, countUnlisted(db), () => null).catch(() => null);
  if (waiting !== null && waiting > MOST_WAITING)
    throw new PublicHealthError(
      `lists and exports are refused until more than ${MOST_WAITING} events have been added to the order list`,
    );
}
