import { type StoryFolder } from './story-step';

const ORDER = 'order-service';

const KETTLE = { product: 'sku:kettle-{{run}}' };
const ITEMS = [{ product_id: 'kettle-{{run}}', quantity: 2 }];

const IS_AVAILABLE = (units: number): string =>
  `pm.test('has the units', () => pm.expect(body.available).to.equal(${units}));`;

/** The stock of a product, and a reservation of it, from their beginning to their end. */
export const STOCK_STEPS: StoryFolder = {
  name: '9 Stock',
  description:
    'Keeps stock of a product, reserves units, refuses an order that needs more, and shows the ledger.',
  steps: [
    {
      name: 'Create a product to keep in stock',
      service: ORDER,
      operation: 'createProduct',
      body: { sku: 'kettle-{{run}}', name: 'Kettle', price: 24.5 },
      status: [201],
    },
    {
      name: 'Set its stock',
      service: ORDER,
      operation: 'changeStock',
      params: KETTLE,
      body: { on_hand: 5, low_stock_threshold: 3 },
      status: [201],
      tests: [IS_AVAILABLE(5)],
    },
    {
      name: 'Adjust its stock',
      service: ORDER,
      operation: 'changeStock',
      params: KETTLE,
      headers: { 'Idempotency-Key': '{{$guid}}' },
      body: { adjust: -1, reason: 'broken in transit' },
      status: [200],
      tests: [IS_AVAILABLE(4)],
    },
    {
      name: 'Reserve two units for a cart',
      service: ORDER,
      operation: 'createReservation',
      headers: { 'Idempotency-Key': '{{$guid}}' },
      body: { items: ITEMS, expires_in_seconds: 900 },
      status: [201],
      keep: { reservation_id: 'reservation_id' },
    },
    {
      name: 'Extend the reservation',
      service: ORDER,
      operation: 'extendReservation',
      body: { expires_in_seconds: 3_600 },
      status: [200],
      tests: ["pm.test('counts the change', () => pm.expect(body.version).to.equal(2));"],
    },
    {
      name: 'Read the reservation',
      service: ORDER,
      operation: 'getReservation',
      status: [200],
      tests: ["pm.test('holds its items', () => pm.expect(body.status).to.equal('active'));"],
    },
    {
      name: 'List the active reservations',
      service: ORDER,
      operation: 'listReservations',
      query: { status: 'active', limit: '5' },
      status: [200],
    },
    {
      name: 'Read the stock',
      service: ORDER,
      operation: 'getStock',
      params: KETTLE,
      status: [200],
      tests: [
        IS_AVAILABLE(2),
        "pm.test('may be kept', () => pm.expect(pm.response.headers.get('Cache-Control')).to.equal('private, no-cache'));",
      ],
    },
    {
      name: 'List low stock',
      service: ORDER,
      operation: 'listStock',
      query: { low: 'true', limit: '100' },
      status: [200],
    },
    {
      name: 'Order more than is available',
      service: ORDER,
      operation: 'placeOrder',
      body: { customer_id: 'kim-{{run}}', items: [{ product_id: 'kettle-{{run}}', quantity: 3 }] },
      status: [409],
      tests: ["pm.test('is out of stock', () => pm.expect(body.code).to.equal('out_of_stock'));"],
    },
    { name: 'Release the reservation', service: ORDER, operation: 'releaseReservation', status: [204] },
    {
      name: 'Read the ledger',
      service: ORDER,
      operation: 'listStockLedger',
      params: KETTLE,
      status: [200],
      tests: [
        "pm.test('has every change', () => pm.expect(body.data.map((one) => one.cause)).to.deep.equal(['reservation_released', 'reservation_created', 'adjusted', 'set']));",
      ],
    },
    { name: 'End stock keeping', service: ORDER, operation: 'removeStock', params: KETTLE, status: [204] },
    { name: 'Delete the kettle', service: ORDER, operation: 'removeProduct', params: KETTLE, status: [204] },
  ],
};
