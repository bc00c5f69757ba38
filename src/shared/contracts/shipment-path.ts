import { shipmentMachine, type ShipmentStatus } from './shipment-status';

/** Where a shipment stands: its status, and how often the parcel has gone out for delivery. */
export interface ShipmentState {
  status: ShipmentStatus;
  attempts: number;
}

/**
 * The states that a shipment has passed when it is in this one, the first and the last included. There is exactly one such path,
 * because the table of statuses has one loop only and `attempts` counts its rounds: the states form a tree.
 */
export function pathTo({ status, attempts }: ShipmentState): ShipmentState[] {
  switch (status) {
    case 'PROCESSING':
      return [at('PROCESSING', 0)];
    case 'CANCELLED':
      return [at('PROCESSING', 0), at('CANCELLED', 0)];
    case 'SHIPPED':
      return [at('PROCESSING', 0), at('SHIPPED', 0)];
    case 'IN_TRANSIT':
      return [...pathTo(at('SHIPPED', 0)), at('IN_TRANSIT', 0)];
    case 'OUT_FOR_DELIVERY':
      return attempts <= 1
        ? [...pathTo(at('IN_TRANSIT', 0)), at('OUT_FOR_DELIVERY', 1)]
        : [...pathTo(at('DELIVERY_FAILED', attempts - 1)), at('OUT_FOR_DELIVERY', attempts)];
    case 'DELIVERED':
    case 'DELIVERY_FAILED':
      return [...pathTo(at('OUT_FOR_DELIVERY', attempts)), at(status, Math.max(1, attempts))];
    case 'RETURNED':
      return [...pathTo(at('DELIVERY_FAILED', attempts)), at('RETURNED', Math.max(1, attempts))];
  }
}

/** `before`: the other one can still be reached from here; `after`: it has been passed; `apart`: neither. */
export type PathRelation = 'same' | 'before' | 'after' | 'apart';

/** How one state stands to another. Two ends of the same status are the same, however many attempts it took. */
export function relationOf(one: ShipmentState, other: ShipmentState): PathRelation {
  if (one.status === other.status && shipmentMachine.isEnd(one.status)) return 'same';
  const [way, otherWay] = [pathTo(one), pathTo(other)];
  const common = Math.min(way.length, otherWay.length);
  const isOneWay = way.slice(0, common).every((state, index) => isSame(state, otherWay[index]));
  if (!isOneWay) return 'apart';
  if (way.length === otherWay.length) return 'same';
  return way.length < otherWay.length ? 'before' : 'after';
}

const at = (status: ShipmentStatus, attempts: number): ShipmentState => ({ status, attempts });

const isSame = (one: ShipmentState, other: ShipmentState | undefined): boolean =>
  one.status === other?.status && one.attempts === other.attempts;
