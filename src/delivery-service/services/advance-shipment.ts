import { type Pool } from 'pg';
import { type Origin } from '../../shared/event-log/event';
import { inTransaction } from '../../shared/postgres/transaction';
import { advanceShipment as advance, type CarrierReport } from '../domain/advance-shipment';
import { type Shipment } from '../domain/shipment';
import { updateShipment } from '../store/shipment-store';
import { appendFact } from './append-fact';

/**
 * Takes a shipment one step on. False when it changed since it was read (a cancellation, another instance): the report is
 * dropped and the carrier will be asked again.
 *
 * @throws IllegalTransitionError when the carrier reports a step that cannot follow.
 */
export async function advanceShipment(
  pool: Pool,
  shipment: Shipment,
  report: CarrierReport,
  nextStepInMs: number,
  origin: Origin,
): Promise<boolean> {
  const step = advance(shipment, report, nextStepInMs, new Date());
  return inTransaction(pool, async (tx) => {
    const isCurrent = await updateShipment(tx, step);
    if (isCurrent) await appendFact(tx, step, origin);
    return isCurrent;
  });
}
