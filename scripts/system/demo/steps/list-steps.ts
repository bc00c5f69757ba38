import { column, member, status } from '../checks';
import { at, type Step } from '../story';

/** Lists of orders, and the contract. */
export const LIST_STEPS: readonly Step[] = [
  {
    heading: 'The latest orders',
    why: 'One page of the list; next_cursor leads to the next page.',
    request: ({ orderUrl }) => ({ method: 'GET', url: `${orderUrl}/orders?limit=2`, token: 'TOKEN' }),
    checks: ({ variables }) => [
      status(200),
      column('order_id', [variables['CANCEL_ID'], variables['ORDER_ID']]),
    ],
  },
  {
    heading: 'Only delivered orders of this customer',
    why: 'Filters: status, customer, product and time. Sort keys: time and amount.',
    request: ({ orderUrl, run }) => ({
      method: 'GET',
      url: `${orderUrl}/orders?status=DELIVERED&customer_id=ada-${run}&sort=-total_amount`,
      token: 'TOKEN',
    }),
    checks: ({ variables }) => [
      status(200),
      column('order_id', [variables['ORDER_ID']]),
      member('next_cursor', null),
    ],
  },
  {
    heading: 'The contract',
    why: 'OpenAPI 3.1, generated from the schemas that validate the requests; shown at /docs.',
    request: ({ orderUrl }) => ({ method: 'GET', url: `${orderUrl}/openapi.json` }),
    excerpt: ({ body }) => ({
      openapi: at(body, 'openapi'),
      info: { title: at(body, 'info.title') },
      paths: '…',
    }),
    checks: () => [status(200), member('openapi', '3.1.0')],
  },
];
