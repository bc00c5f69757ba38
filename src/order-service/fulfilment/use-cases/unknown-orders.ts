import { type ShipmentMessage } from '../../../shared/contracts/shipment-messages';
import { type Database, type Transaction } from '../../../shared/postgres/queryable';
import { shipmentWithoutOrder } from '../../orders/domain/finding';
import { keepFindings } from '../store/finding-store';
import { beginFastSweeps } from '../store/sweep-store';

/** Records shipments whose orders do not exist as findings; returns the ids of those orders that had no such finding. */
export async function recordUnknownOrders(
  tx: Transaction,
  messages: readonly ShipmentMessage[],
): Promise<ReadonlySet<string>> {
  const findings = messages.map(({ order_id: orderId, version, payload }) =>
    shipmentWithoutOrder(orderId, { shipment_id: payload.shipment_id, status: payload.status, version }),
  );
  return new Set((await keepFindings(tx, findings)).map(({ orderId }) => orderId));
}

/** Starts a sweep: a shipment without an order shows that this database was restored, so other orders may be missing too. */
export async function sweepAfterUnknownOrder({ db }: { db: Database }): Promise<void> {
  await beginFastSweeps(db);
}
