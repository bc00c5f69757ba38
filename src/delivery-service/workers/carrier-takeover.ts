import { type Logger } from '../../shared/observability/logger';
import { type Queryable } from '../../shared/postgres/queryable';
import { createBackgroundLoop, type BackgroundLoop } from '../../shared/runtime/background-loop';
import { type Carrier } from '../carriers/carrier';
import { takeOverShipments } from '../services/take-due-shipments';

export interface CarrierTakeoverOptions {
  db: Queryable;
  carrier: Carrier;
  logger: Logger;
}

const BATCH = 1_000;
/** During a roll-out, instances of the version before still give shipments the pace of their carrier. */
const LOOK_AGAIN_MS = 60_000;

/** Brings forward open shipments whose next step was set by the carrier configured before, and is later than this carrier sets one. */
export function createCarrierTakeover({ db, carrier, logger }: CarrierTakeoverOptions): BackgroundLoop {
  return createBackgroundLoop({
    name: 'carrier takeover',
    idleMs: LOOK_AGAIN_MS,
    logger,
    async step() {
      const shipments = await takeOverShipments(db, carrier.firstStepInMs, BATCH);
      if (shipments > 0)
        logger.info('shipments are taken over by the carrier', { carrier: carrier.name, shipments });
      return shipments === BATCH ? 'busy' : 'idle';
    },
  });
}
