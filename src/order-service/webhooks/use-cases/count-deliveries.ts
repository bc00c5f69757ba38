import { type Queryable } from '../../../shared/postgres/queryable';
import { eventsBehind, endpointsByState, queueSize } from '../store/delivery-count-store';

/** The number of deliveries that wait or are being sent, up to 100 001. */
export const countQueue = (db: Queryable): Promise<number> => queueSize(db);

/** The number of endpoints by state: `active`, `paused` after failures, `behind` with a full queue, `disabled`. */
export const countEndpointsByState = (db: Queryable): Promise<ReadonlyMap<string, number>> =>
  endpointsByState(db);

/** The number of events between the fan-out and the end of the feed; 0 when no endpoint follows the fan-out. */
export const countEventsBehind = (db: Queryable): Promise<number> => eventsBehind(db);
