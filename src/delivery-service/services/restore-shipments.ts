import { type ReportedShipment, type RestoreOutcome } from '../../shared/contracts/reconciliation';
import { type Origin } from '../../shared/event-log/event';
import { eventsOf } from '../../shared/event-log/read-events';
import { type Logger } from '../../shared/observability/logger';
import { type Database, type Transaction } from '../../shared/postgres/queryable';
import { restoreShipment, type LoggedStep } from '../domain/restore-shipment';
import { type Shipment, type ShipmentStep } from '../domain/shipment';
import { lockShipmentOfOrder } from '../store/shipment-store';
import { insertShipments, updateShipments } from '../store/shipment-writes';
import { appendUnsentStepEvents } from './append-step-events';
import { logRestored } from './shipment-log';

/** The actor of restored steps; their correlation id is that of the request that placed the order. */
const ACTOR = 'restored:order-service';

export interface RestoreDependencies {
  db: Database;
  /** When to ask the carrier about a restored shipment, in milliseconds. */
  nextStepInMs: number;
  /** Called after a commit that may have changed when the carrier is to be asked. */
  onShipmentChanged: () => void;
  logger: Logger;
}

export interface RestoredShipment {
  orderId: string;
  outcome: RestoreOutcome;
  shipment: Shipment | null;
}

/**
 * Restores shipments to the state that the Delivery Service had reported before its database was restored. Each shipment is compared under
 * its lock and by its own log, so that concurrent steps of the carrier or an operator count, and a repeat changes nothing. The added steps
 * are in the log like all others, but are not sent.
 */
export async function restoreShipments(
  deps: RestoreDependencies,
  reported: readonly ReportedShipment[],
  origin: Origin,
): Promise<RestoredShipment[]> {
  const restored: RestoredShipment[] = [];
  for (const one of reported) restored.push(await restore(deps, one, origin));
  if (restored.some(({ outcome }) => outcome === 'restored')) deps.onShipmentChanged();
  return restored;
}

async function restore(
  { db, nextStepInMs, logger }: RestoreDependencies,
  reported: ReportedShipment,
  origin: Origin,
): Promise<RestoredShipment> {
  const { order_id: orderId, correlation_id: correlationId } = reported;
  let added = 0;
  const restored = await db.transaction(async (tx): Promise<RestoredShipment> => {
    const current = await lockShipmentOfOrder(tx, orderId);
    const log = current ? await eventsOf(tx, orderId) : [];
    const restoration = restoreShipment(current, log as unknown as LoggedStep[], reported, nextStepInMs);
    if (restoration.outcome !== 'restored')
      return { orderId, outcome: restoration.outcome, shipment: current };
    const { steps } = restoration;
    // A concurrent ORDER_CREATED or reconciler has created the shipment.
    if (!(await write(tx, steps, current === null))) {
      return { orderId, outcome: 'unchanged', shipment: await lockShipmentOfOrder(tx, orderId) };
    }
    appendUnsentStepEvents(
      tx,
      steps.map((step) => ({ step, origin: { ...origin, actor: ACTOR, correlationId } })),
    );
    added = steps.length;
    return { orderId, outcome: 'restored', shipment: steps.at(-1)?.shipment ?? current };
  });
  if (restored.shipment && added > 0) logRestored(logger, restored.shipment, { steps: added, correlationId });
  return restored;
}

async function write(tx: Transaction, steps: readonly ShipmentStep[], isNew: boolean): Promise<boolean> {
  const [first, ...rest] = steps;
  if (isNew && first && (await insertShipments(tx, [first])).size === 0) return false;
  for (const step of isNew ? rest : steps) await updateShipments(tx, [step]);
  return true;
}
