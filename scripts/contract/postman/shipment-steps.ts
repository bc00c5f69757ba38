import { ACCEPTED_OR_ILLEGAL_TRANSITION, type StoryFolder } from './story-step';
import { STREAM_STEPS } from './stream-steps';

const ORDER = 'order-service';
const DELIVERY = 'delivery-service';

const NEXT_STATUS = [
  "const next = { PENDING_SHIPMENT: 'SHIPPED', SHIPPED: 'IN_TRANSIT', IN_TRANSIT: 'OUT_FOR_DELIVERY' };",
  "pm.collectionVariables.set('next_status', next[body.status] ?? 'DELIVERED');",
];

/** The shipment of the order, and manual status changes. */
export const SHIPMENT_STEPS: StoryFolder = {
  name: '4 Its shipment',
  description:
    'The Delivery Service accepts the same token. The carrier advances the shipment in the meantime.',
  steps: [
    {
      name: "Read the order's shipment",
      service: ORDER,
      operation: 'getOrderShipment',
      status: [200],
      until: 'pm.response.code === 200',
      keep: { shipment_id: 'shipment_id' },
    },
    {
      name: 'Find shipments by order',
      service: DELIVERY,
      operation: 'listShipments',
      query: { order_id: '{{order_id}}' },
      status: [200],
      tests: ["pm.test('there is one', () => pm.expect(body.data).to.have.length(1));"],
    },
    { name: 'Read the shipment', service: DELIVERY, operation: 'getShipment', status: [200] },
    {
      name: 'Read its messages',
      service: DELIVERY,
      operation: 'listShipmentEvents',
      query: { after: '0' },
      status: [200],
    },
    {
      name: 'Change its shipping',
      service: DELIVERY,
      operation: 'changeShipmentShipping',
      status: [200, 409],
      tests: ACCEPTED_OR_ILLEGAL_TRANSITION,
    },
    {
      name: 'Change the shipping of the order',
      service: ORDER,
      operation: 'changeOrderShipping',
      status: [200, 409],
      tests: ACCEPTED_OR_ILLEGAL_TRANSITION,
    },
    {
      name: 'Read the order before a manual step',
      service: ORDER,
      operation: 'getOrder',
      status: [200],
      tests: NEXT_STATUS,
    },
    {
      name: 'Advance the order by one status',
      service: ORDER,
      operation: 'changeOrderStatus',
      body: { status: '{{next_status}}' },
      status: [200, 409],
      tests: ACCEPTED_OR_ILLEGAL_TRANSITION,
    },
    {
      name: 'Read the shipment before a manual step',
      service: DELIVERY,
      operation: 'getShipment',
      status: [200],
      tests: NEXT_STATUS,
    },
    {
      name: 'Advance the shipment by one status',
      service: DELIVERY,
      operation: 'changeShipmentStatus',
      body: { status: '{{next_status}}' },
      status: [200, 409],
      tests: ACCEPTED_OR_ILLEGAL_TRANSITION,
    },
    ...STREAM_STEPS,
  ],
};
