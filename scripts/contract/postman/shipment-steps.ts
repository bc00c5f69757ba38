import { TAKEN_OR_TOO_LATE, type StoryFolder } from './story-step';

const ORDER = 'order-service';
const DELIVERY = 'delivery-service';

const NEXT_STATUS = [
  "const next = { PENDING_SHIPMENT: 'SHIPPED', SHIPPED: 'IN_TRANSIT', IN_TRANSIT: 'OUT_FOR_DELIVERY' };",
  "pm.collectionVariables.set('next_status', next[body.status] ?? 'DELIVERED');",
];

/** The shipment of the order, and steps by hand. */
export const ITS_SHIPMENT: StoryFolder = {
  name: '4 Its shipment',
  description: 'The Delivery Service takes the same token. The carrier moves the parcel meanwhile.',
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
      tests: TAKEN_OR_TOO_LATE,
    },
    {
      name: 'Change the shipping of the order',
      service: ORDER,
      operation: 'changeOrderShipping',
      status: [200, 409],
      tests: TAKEN_OR_TOO_LATE,
    },
    {
      name: 'Read the order before a step by hand',
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
      tests: TAKEN_OR_TOO_LATE,
    },
    {
      name: 'Read the shipment before a step by hand',
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
      tests: TAKEN_OR_TOO_LATE,
    },
  ],
};
