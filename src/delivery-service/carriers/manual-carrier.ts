import { type Carrier } from './carrier';

/** Nothing comes of it; another carrier, once configured, takes over what is still open. */
const LOOK_AGAIN_MS = 3_600_000;

/** No carrier: shipments move only by the steps of operators. */
export function manualCarrier(): Carrier {
  return {
    name: 'manual',
    firstStepInMs: LOOK_AGAIN_MS,
    ask: () => Promise.resolve({ report: null, askAgainInMs: LOOK_AGAIN_MS }),
  };
}
