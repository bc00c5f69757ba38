import { z } from 'zod';

/** A status machine as a table: for each status the statuses that may follow it. A status without followers is an end. */
export type StatusTable<S extends string> = Readonly<Record<S, readonly S[]>>;

export interface StatusMachine<S extends string> {
  readonly statuses: readonly S[];
  allowedFrom(from: S): readonly S[];
  isAllowed(from: S, to: S): boolean;
  isEnd(status: S): boolean;
}

/** Creates a status machine from its table. */
function statusMachine<S extends string>(table: StatusTable<S>): StatusMachine<S> {
  return {
    statuses: Object.keys(table) as S[],
    allowedFrom: (from) => table[from],
    isAllowed: (from, to) => table[from].includes(to),
    isEnd: (status) => table[status].length === 0,
  };
}

export const SHIPMENT_STATUSES = [
  'PROCESSING',
  'SHIPPED',
  'IN_TRANSIT',
  'OUT_FOR_DELIVERY',
  'DELIVERED',
  'DELIVERY_FAILED',
  'RETURNED',
  'CANCELLED',
] as const;

export type ShipmentStatus = (typeof SHIPMENT_STATUSES)[number];
export const shipmentStatus = z.enum(SHIPMENT_STATUSES).meta({ id: 'ShipmentStatus' });

const SHIPMENT_TRANSITIONS: StatusTable<ShipmentStatus> = {
  PROCESSING: ['SHIPPED', 'CANCELLED'],
  SHIPPED: ['IN_TRANSIT'],
  IN_TRANSIT: ['OUT_FOR_DELIVERY'],
  OUT_FOR_DELIVERY: ['DELIVERED', 'DELIVERY_FAILED'],
  DELIVERED: [],
  DELIVERY_FAILED: ['OUT_FOR_DELIVERY', 'RETURNED'],
  RETURNED: [],
  CANCELLED: [],
};

export const shipmentMachine = statusMachine(SHIPMENT_TRANSITIONS);

/** How often a parcel goes out for delivery before it is returned. */
export const MAX_DELIVERY_ATTEMPTS = 3;

export const ORDER_STATUSES = [
  'PENDING_SHIPMENT',
  'SHIPPED',
  'IN_TRANSIT',
  'OUT_FOR_DELIVERY',
  'DELIVERED',
  'DELIVERY_FAILED',
  'RETURNED',
  'CANCELLED',
] as const;

export type OrderStatus = (typeof ORDER_STATUSES)[number];
export const orderStatus = z.enum(ORDER_STATUSES).meta({ id: 'OrderStatus' });

const ORDER_TRANSITIONS: StatusTable<OrderStatus> = {
  PENDING_SHIPMENT: ['SHIPPED', 'CANCELLED'],
  SHIPPED: ['IN_TRANSIT'],
  IN_TRANSIT: ['OUT_FOR_DELIVERY'],
  OUT_FOR_DELIVERY: ['DELIVERED', 'DELIVERY_FAILED'],
  DELIVERED: [],
  DELIVERY_FAILED: ['OUT_FOR_DELIVERY', 'RETURNED'],
  RETURNED: [],
  CANCELLED: [],
};

export const orderMachine = statusMachine(ORDER_TRANSITIONS);

/** The order status of a shipment status; null when the customer sees no change. */
export function orderStatusFor(shipment: ShipmentStatus): OrderStatus | null {
  return shipment === 'PROCESSING' ? null : shipment;
}

/** The shipment status of an order status. */
export function shipmentStatusFor(order: OrderStatus): ShipmentStatus {
  return order === 'PENDING_SHIPMENT' ? 'PROCESSING' : order;
}

/** The state of a request to cancel an order: requested, refused because the parcel had left, or confirmed by the Delivery Service. */
export const CANCELLATIONS = ['requested', 'refused', 'confirmed'] as const;
export type Cancellation = (typeof CANCELLATIONS)[number];

/** The state of a shipment: its status, and how often the parcel has gone out for delivery. */
export interface ShipmentState {
  status: ShipmentStatus;
  attempts: number;
}

/**
 * The states that a shipment has passed when it is in this one, including the first and the last. There is exactly one such path, because
 * the status table has a single loop and `attempts` counts its rounds: the states form a tree.
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

/** `before`: the other state can still be reached from this one; `after`: the other state has been passed; `apart`: neither. */
export type PathRelation = 'same' | 'before' | 'after' | 'apart';

/** The relation of one state to another. Two ends with the same status are equal, however many attempts they took. */
export function relationOf(one: ShipmentState, other: ShipmentState): PathRelation {
  if (one.status === other.status && shipmentMachine.isEnd(one.status)) return 'same';
  const [path, otherPath] = [pathTo(one), pathTo(other)];
  const common = Math.min(path.length, otherPath.length);
  const isOnePath = path.slice(0, common).every((state, index) => isSame(state, otherPath[index]));
  if (!isOnePath) return 'apart';
  if (path.length === otherPath.length) return 'same';
  return path.length < otherPath.length ? 'before' : 'after';
}

const at = (status: ShipmentStatus, attempts: number): ShipmentState => ({ status, attempts });

const isSame = (one: ShipmentState, other: ShipmentState | undefined): boolean =>
  one.status === other?.status && one.attempts === other.attempts;
