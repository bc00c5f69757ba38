import { type Pool } from 'pg';
import { type Logger } from '../../shared/observability/logger';
import { type Queryable } from '../../shared/postgres/queryable';
import { queryable } from '../../shared/postgres/read';
import { inTransaction } from '../../shared/postgres/transaction';
import {
  heldShipmentsBefore,
  holdAllShipments,
  holdShipments,
  releaseShipments,
  shipmentsBefore,
  type SweptShipment,
} from '../store/held-shipment-store';
import { logHolds } from './shipment-log';

/** A page of all shipments, or of those that are held, newest first. */
export async function sweepShipments(
  pool: Pool,
  { held, before, limit }: { held: boolean; before: string; limit: number },
): Promise<SweptShipment[]> {
  const db = queryable(pool);
  return held ? heldShipmentsBefore(db, before, limit) : shipmentsBefore(db, before, limit);
}

/**
 * Keeps shipments from being handed over, and lets others go on. What has been handed over already cannot be held: it is left out of the
 * answer.
 */
export async function changeHolds(
  { pool, logger }: HoldDependencies,
  { hold, release }: { hold: readonly string[]; release: readonly string[] },
): Promise<{ held: string[]; released: string[] }> {
  const { held, released } = await inTransaction(pool, async (tx) => ({
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

export interface HoldDependencies {
  pool: Pool;
  logger: Logger;
}

const orderIdOf = ({ orderId }: { orderId: string }): string => orderId;

/**
 * After a restore of either database: nothing is handed over before the Order Service has compared it.
 *
 * @returns how many shipments are held.
 */
export async function holdAllForComparison(db: Queryable): Promise<number> {
  return holdAllShipments(db);
}
