import { type Carrier } from './carrier';

/** Asking changes nothing. Once another carrier is configured, it takes over the open shipments. */
const LOOK_AGAIN_MS = 3_600_000;

/** No carrier: shipments move only by the steps of operators. */
export function manualCarrier(): Carrier {
  return {
    name: 'manual',
    firstStepInMs: LOOK_AGAIN_MS,
    ask: () => Promise.resolve({ report: null, askAgainInMs: LOOK_AGAIN_MS }),
  };
}
