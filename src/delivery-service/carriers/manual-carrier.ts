import { type Carrier } from './carrier';

/** The answer never changes. If another carrier is configured later, it takes over the open shipments. */
const POLL_INTERVAL_MS = 3_600_000;

/** No carrier: shipments move only by the steps of operators. */
export function manualCarrier(): Carrier {
  return {
    name: 'manual',
    firstPollInMs: POLL_INTERVAL_MS,
    poll: () => Promise.resolve({ report: null, nextPollInMs: POLL_INTERVAL_MS }),
  };
}
