import { type OrderStatus, type ShipmentStatus } from '../../../src/shared/contracts/status-machines';

/** A step of a shipment: a status, or the refusal of a cancellation. */
export type ShipmentStep = ShipmentStatus | 'CANCEL_REFUSED';

/** How far an order has come in both services. */
export interface Life {
  /** Orders with this life, of every 40. */
  share: number;
  isCancelRequested?: boolean;
  /** The steps of the shipment; without any, the Delivery Service does not know the order. */
  shipment: readonly ShipmentStep[];
  /** How many of these steps the order has followed. */
  applied: number;
  /** How many of the last events that are sent have not been sent: of the order, and of the shipment. */
  unsent: readonly [order: number, shipment: number];
  /** Whether the reconciler has put the first event back, to be sent again. */
  isResent?: boolean;
}

const UNTIL_OUT: readonly ShipmentStep[] = ['PROCESSING', 'SHIPPED', 'IN_TRANSIT', 'OUT_FOR_DELIVERY'];
const DELIVERED: readonly ShipmentStep[] = [...UNTIL_OUT, 'DELIVERED'];
const CANCELLED: readonly ShipmentStep[] = ['PROCESSING', 'CANCELLED'];
const RETURNED: readonly ShipmentStep[] = [...UNTIL_OUT, 'DELIVERY_FAILED', 'RETURNED'];

/** The lives of 40 orders. About half of the events that are sent wait. */
export const LIVES: readonly Life[] = [
  { share: 3, shipment: [], applied: 0, unsent: [1, 0] },
  { share: 1, shipment: [], applied: 0, unsent: [1, 0], isResent: true },
  { share: 1, isCancelRequested: true, shipment: [], applied: 0, unsent: [2, 0] },
  { share: 1, isCancelRequested: true, shipment: ['PROCESSING'], applied: 1, unsent: [1, 0] },
  { share: 1, shipment: ['PROCESSING', 'SHIPPED'], applied: 1, unsent: [0, 1] },
  {
    share: 1,
    isCancelRequested: true,
    shipment: ['PROCESSING', 'SHIPPED', 'CANCEL_REFUSED'],
    applied: 2,
    unsent: [0, 1],
  },
  { share: 1, shipment: UNTIL_OUT, applied: 2, unsent: [0, 2] },
  { share: 1, shipment: UNTIL_OUT.slice(0, 3), applied: 3, unsent: [0, 0] },
  { share: 1, shipment: DELIVERED, applied: 4, unsent: [0, 1] },
  { share: 1, shipment: RETURNED, applied: 5, unsent: [0, 1] },
  { share: 1, shipment: RETURNED, applied: 6, unsent: [0, 0] },
  { share: 1, isCancelRequested: true, shipment: CANCELLED, applied: 2, unsent: [0, 0] },
  { share: 1, shipment: DELIVERED, applied: 5, unsent: [0, 0] },
  // The orders followed their shipments over HTTP, while the messages waited.
  { share: 5, shipment: DELIVERED, applied: 5, unsent: [0, 5] },
  { share: 20, isCancelRequested: true, shipment: CANCELLED, applied: 2, unsent: [0, 2] },
];

/** A queue has refused the first event of the order; the request to cancel it is held behind. */
export const REFUSED_ORDER: Life = {
  share: 0,
  isCancelRequested: true,
  shipment: [],
  applied: 0,
  unsent: [2, 0],
};

/** A queue has refused an event of the shipment; the later ones are held behind. */
export const REFUSED_SHIPMENT: Life = { share: 0, shipment: UNTIL_OUT, applied: 1, unsent: [0, 3] };

/** The message about the order is a dead letter. */
export const DEAD_LETTER: Life = { share: 0, shipment: [], applied: 0, unsent: [0, 0] };

export const isStatus = (step: ShipmentStep): step is ShipmentStatus => step !== 'CANCEL_REFUSED';

/** The statuses that the order has had. */
export function orderStatuses({ shipment, applied }: Life): OrderStatus[] {
  const followed = shipment.slice(0, applied).filter(isStatus);
  return [
    'PENDING_SHIPMENT',
    ...followed.filter((status): status is Exclude<ShipmentStatus, 'PROCESSING'> => status !== 'PROCESSING'),
  ];
}
