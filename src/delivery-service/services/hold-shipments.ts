import { type Logger } from '../../shared/observability/logger';
import { type Database, type Queryable } from '../../shared/postgres/queryable';
import {
  heldShipmentsBefore,
  holdAllShipments,
  holdShipments,
  releaseShipments,
  shipmentsBefore,
  type SweptShipment,
} from '../store/held-shipment-store';
import { logHolds } from './shipment-log';

export interface HoldDependencies {
  db: Database;
  logger: Logger;
}

/** A page of all shipments, or of the held ones, newest first. */
export async function sweepShipments(
  db: Database,
  { held, before, limit }: { held: boolean; before: string; limit: number },
): Promise<SweptShipment[]> {
  return held ? heldShipmentsBefore(db, before, limit) : shipmentsBefore(db, before, limit);
}

/**
 * Holds shipments before the handover, and releases others. A shipment that was handed over already cannot be held and is left out of the
 * answer.
 */
export async function changeHolds(
  { db, logger }: HoldDependencies,
  { hold, release }: { hold: readonly string[]; release: readonly string[] },
): Promise<{ held: string[]; released: string[] }> {
  const { held, released } = await db.transaction(async (tx) => ({
    held: hold.length > 0 ? await holdShipments(tx, hold) : [],
    released: release.length > 0 ? await releaseShipments(tx, release) : [],
  }));
  logHolds(
    logger,
    'held',
    held.filter(({ isNew }) => isNew),
  );
  logHolds(logger, 'released', released);
  return { held: held.map(orderIdOf), released: released.map(orderIdOf) };
}

const orderIdOf = ({ orderId }: { orderId: string }): string => orderId;

/**
 * After a restore of either database: holds all shipments that were not handed over, until the Order Service has compared them.
 *
 * @returns how many shipments are held.
 */
export async function holdAllForComparison(db: Queryable): Promise<number> {
  return holdAllShipments(db);
}
