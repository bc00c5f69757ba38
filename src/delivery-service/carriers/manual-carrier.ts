import { type Carrier } from './carrier';

/** The answer never changes. If another carrier is configured later, it takes over the open shipments. */
const ASK_AGAIN_MS = 3_600_000;

/** No carrier: shipments move only by the steps of operators. */
export function manualCarrier(): Carrier {
  return {
    name: 'manual',
    firstStepInMs: ASK_AGAIN_MS,
    ask: () => Promise.resolve({ report: null, askAgainInMs: ASK_AGAIN_MS }),
  };
}
