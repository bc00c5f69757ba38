import { member, status } from '../checks';
import { cancelRequest, orderRequest } from '../requests';
import { at, type Step } from '../story';

/** An order that is cancelled. */
export const CANCELLING_STEPS: readonly Step[] = [
  {
    heading: 'An order to be cancelled',
    why: 'Without an Idempotency-Key: the same order sent twice within a minute is still created once.',
    request: ({ orderUrl, run }) => ({
      method: 'POST',
      url: `${orderUrl}/orders`,
      token: 'TOKEN',
      body: { customer_id: `grace-${run}`, items: [{ product_id: 'cable', quantity: 2, unit_price: 4.5 }] },
    }),
    checks: () => [status(201), member('total_amount', 9)],
    keep: { member: 'order_id', as: 'CANCEL_ID' },
  },
  {
    heading: 'Cancel it',
    why: 'The request is recorded; the Delivery Service, which owns the shipment, decides.',
    request: (story) => cancelRequest(story, 'CANCEL_ID'),
    checks: () => [status(202), member('cancellation', 'requested')],
    follows: true,
  },
  {
    heading: 'It is cancelled',
    why: 'Polled until the Delivery Service has answered.',
    request: (story) => orderRequest(story, 'CANCEL_ID'),
    until: ({ body }) => at(body, 'status') === 'CANCELLED',
    checks: () => [status(200), member('status', 'CANCELLED'), member('cancellation', 'confirmed')],
    follows: true,
  },
];
