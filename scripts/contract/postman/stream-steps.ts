import { type StoryStep } from './story-step';

const ORDER = 'order-service';

/** Streams end by themselves here: a runner waits for the end of each answer. */
export const STREAM_STEPS: readonly StoryStep[] = [
  {
    name: 'Read the order until it has its final status',
    service: ORDER,
    operation: 'getOrder',
    status: [200],
    until: "body !== null && ['DELIVERED', 'RETURNED', 'CANCELLED'].includes(body.status)",
  },
  {
    name: 'Stream the events of the order',
    service: ORDER,
    operation: 'streamOrderEvents',
    status: [200],
    tests: [
      "pm.test('ends with the order', () => pm.expect(pm.response.text()).to.include('event: order_ended'));",
    ],
  },
  {
    name: 'Stream the events of all orders, with a wrong cursor so that the answer ends',
    service: ORDER,
    operation: 'streamEvents',
    query: { after: 'wrong' },
    status: [400],
    tests: ["pm.test('is refused', () => pm.expect(body.code).to.equal('invalid_cursor'));"],
  },
  {
    name: 'Stream the events of products and stock, with a wrong cursor so that the answer ends',
    service: ORDER,
    operation: 'streamProductEvents',
    query: { after: 'wrong' },
    status: [400],
    tests: ["pm.test('is refused', () => pm.expect(body.code).to.equal('invalid_cursor'));"],
  },
];
