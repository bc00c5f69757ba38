import { orderOf, ACCEPTED_OR_ILLEGAL_TRANSITION, type StoryFolder } from './story-step';

const ORDER = 'order-service';

/** Placing, repeating, reading and listing orders. */
export const ORDER_STEPS: StoryFolder = {
  name: '3 An order',
  description: 'Placing, repeating, reading and listing.',
  steps: [
    {
      name: 'Place an order',
      service: ORDER,
      operation: 'placeOrder',
      before: ["pm.collectionVariables.set('idempotency_key', pm.variables.replaceIn('{{$guid}}'));"],
      headers: { 'Idempotency-Key': '{{idempotency_key}}' },
      body: orderOf('ada', 'lamp', 79.9),
      status: [201],
      keep: { order_id: 'order_id' },
    },
    {
      name: 'Repeat it under the same key',
      service: ORDER,
      operation: 'placeOrder',
      headers: { 'Idempotency-Key': '{{idempotency_key}}' },
      body: orderOf('ada', 'lamp', 79.9),
      status: [201],
      tests: [
        "pm.test('is the first answer again', () => pm.expect(body.order_id).to.equal(pm.collectionVariables.get('order_id')));",
        "pm.test('says so', () => pm.expect(pm.response.headers.get('Idempotency-Replayed')).to.equal('true'));",
      ],
    },
    { name: 'Read the order', service: ORDER, operation: 'getOrder', status: [200] },
    {
      name: "List the customer's orders",
      service: ORDER,
      operation: 'listOrders',
      query: { customer_id: 'ada-{{run}}', sort: '-created_at', limit: '20' },
      status: [200],
      tests: ["pm.test('has the order once', () => pm.expect(body.data).to.have.length(1));"],
    },
    {
      name: 'Place two orders at once',
      service: ORDER,
      operation: 'placeOrders',
      headers: { 'Idempotency-Key': '{{$guid}}' },
      body: [orderOf('bob', 'cable', 4.5), orderOf('eve', 'desk', 249)],
      status: [200],
      tests: [
        "const lines = pm.response.text().trim().split('\\n').map((line) => JSON.parse(line).status);",
        "pm.test('both are placed', () => pm.expect(lines).to.deep.equal([201, 201]));",
      ],
    },
    {
      name: "Export the customer's orders as CSV",
      service: ORDER,
      operation: 'exportOrders',
      query: { customer_id: 'ada-{{run}}', format: 'csv' },
      status: [200],
      tests: [
        "pm.test('has the order', () => pm.expect(pm.response.text()).to.include(pm.collectionVariables.get('order_id')));",
      ],
    },
    {
      name: 'Read its timeline',
      service: ORDER,
      operation: 'getTimeline',
      status: [200],
      tests: [
        "pm.test('begins with its creation', () => pm.expect(body.data[0].type).to.equal('ORDER_CREATED'));",
      ],
    },
    {
      name: 'Read its events',
      service: ORDER,
      operation: 'listEvents',
      query: { order_id: '{{order_id}}', limit: '10' },
      status: [200],
      until: 'body !== null && body.data.length > 0',
      tests: [
        "pm.test('begin with its creation', () => pm.expect(body.data[0].type).to.equal('order.created'));",
      ],
      keep: { events_cursor: 'next_cursor' },
    },
    {
      name: 'Wait for its next event',
      service: ORDER,
      operation: 'listEvents',
      query: { order_id: '{{order_id}}', after: '{{events_cursor}}', wait: '1' },
      status: [200],
      tests: ["pm.test('has a cursor', () => pm.expect(body.next_cursor).to.be.a('string'));"],
    },
  ],
};

/** An order that is cancelled. */
export const CANCELLATION_STEPS: StoryFolder = {
  name: '5 A cancellation',
  description:
    'The Delivery Service confirms the cancellation, or refuses it because the parcel has been shipped.',
  steps: [
    {
      name: 'Place an order to cancel',
      service: ORDER,
      operation: 'placeOrder',
      headers: { 'Idempotency-Key': '{{$guid}}' },
      body: orderOf('grace', 'cable', 4.5),
      status: [201],
      keep: { cancel_id: 'order_id' },
    },
    {
      name: 'Request its cancellation',
      service: ORDER,
      operation: 'cancelOrder',
      params: { order_id: '{{cancel_id}}' },
      status: [202, 409],
      tests: ACCEPTED_OR_ILLEGAL_TRANSITION,
    },
    {
      name: 'Read it until the Delivery Service has answered',
      service: ORDER,
      operation: 'getOrder',
      params: { order_id: '{{cancel_id}}' },
      status: [200],
      until: "body !== null && body.cancellation !== 'requested'",
      tests: [
        "pm.test('is decided', () => pm.expect(body.cancellation).to.be.oneOf(['confirmed', 'refused', null]));",
      ],
    },
  ],
};
