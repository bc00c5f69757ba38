import { type Logger } from '../../shared/observability/logger';
import { type Queryable } from '../../shared/postgres/queryable';
import { type BackgroundLoop, createBackgroundLoop } from '../../shared/runtime/background-loop';
import { type Carrier } from '../carriers/carrier';
import { takeOverShipments } from '../services/take-due-shipments';

export interface CarrierTakeoverOptions {
  db: Queryable;
  carrier: Carrier;
  logger: Logger;
}

const BATCH = 1_000;
/** During a rollout, instances of the previous version still plan shipments at the pace of their carrier. */
const INTERVAL_MS = 60_000;

/** Brings forward open shipments whose next step was set by the carrier configured before, and is later than this carrier sets one. */
export function createCarrierTakeover({ db, carrier, logger }: CarrierTakeoverOptions): BackgroundLoop {
  return createBackgroundLoop({
    name: 'carrier takeover',
    idleMs: INTERVAL_MS,
    logger,
    async step() {
      const shipments = await takeOverShipments(db, carrier.firstPollInMs, BATCH);
      if (shipments > 0)
        logger.info('the carrier has taken over shipments', { carrier: carrier.name, shipments });
      return shipments === BATCH ? 'busy' : 'idle';
    },
  });
}
