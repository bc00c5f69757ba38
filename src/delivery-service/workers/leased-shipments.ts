import { type Shipment } from '../domain/shipment';

/** The shipments that this instance has leased, and when to ask the carrier about each. */
export interface LeasedShipments {
  /** Adds a shipment about which to ask in `ms` milliseconds; it replaces an earlier version of the same shipment. */
  add(shipment: Shipment, ms: number): void;
  count(): number;
  /** Removes and returns the shipments about which to ask now, at most `limit`, longest overdue first. */
  takeDue(limit: number): Shipment[];
  /** The time until the next of them is due, in milliseconds, never negative; null when there are none. */
  millisecondsToNext(): number | null;
  /** Removes and returns all of them. */
  takeAll(): Shipment[];
}

export function createLeasedShipments(now: () => number = () => performance.now()): LeasedShipments {
  const leased = new Map<string, { shipment: Shipment; at: number }>();

  function remove(entries: readonly { shipment: Shipment }[]): Shipment[] {
    const shipments = entries.map(({ shipment }) => shipment);
    for (const { shipmentId } of shipments) leased.delete(shipmentId);
    return shipments;
  }

  return {
    add(shipment, ms) {
      const known = leased.get(shipment.shipmentId);
      if (known?.shipment.version !== shipment.version)
        leased.set(shipment.shipmentId, { shipment, at: now() + ms });
    },
    count: () => leased.size,
    takeDue(limit) {
      const time = now();
      const due = [...leased.values()].filter(({ at }) => at <= time);
      return remove(due.toSorted((one, other) => one.at - other.at).slice(0, limit));
    },
    millisecondsToNext() {
      if (leased.size === 0) return null;
      const next = [...leased.values()].reduce((earliest, { at }) => Math.min(earliest, at), Infinity);
      return Math.max(0, next - now());
    },
    takeAll: () => remove([...leased.values()]),
  };
}
