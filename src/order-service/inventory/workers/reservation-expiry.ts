import { originOf } from '../../../shared/event-log/event';
import { type Logger } from '../../../shared/observability/logger';
import { type Database } from '../../../shared/postgres/queryable';
import { type BackgroundLoop, createBackgroundLoop } from '../../../shared/runtime/background-loop';
import { expireReservations, MOST_EXPIRED } from '../use-cases/end-reservations';

/** Half of it is the mean time between the expiry of a reservation and its release; the units are available again within 2 s. */
const POLL_MS = 500;

export interface ReservationExpiryOptions {
  db: Database;
  logger: Logger;
  /** Called with the number of reservations that have expired. */
  onExpired: (count: number) => void;
}

/** Releases the units of reservations whose time is over. Every process runs it. */
export function createReservationExpiry({ db, logger, onExpired }: ReservationExpiryOptions): BackgroundLoop {
  /** The products whose stock was locked, until the reservations of all others have expired. */
  let locked: ReadonlySet<string> = new Set();
  return createBackgroundLoop({
    name: 'reservation expiry',
    async step() {
      const { count, lockedElsewhere } = await expireReservations(db, originOf('order-service'), locked);
      if (count > 0) onExpired(count);
      const isBusy = count === MOST_EXPIRED || lockedElsewhere.size > 0;
      locked = isBusy ? new Set([...locked, ...lockedElsewhere]) : new Set();
      return isBusy ? 'busy' : 'idle';
    },
    idleMs: POLL_MS,
    logger,
  });
}
