import { setTimeout as delay } from 'node:timers/promises';
import { call } from '../call';
import { column, member, problem, status } from '../checks';
import { productRequest } from '../requests';
import { at, type HttpRequest, type Step, type Story } from '../story';

/** Together much longer than an order takes until it is shipped. */
const [MOST_ATTEMPTS, PAUSE_MS] = [60, 250];

const RECIPIENT = 'ops@shop.example';

/** A product of the catalogue, whose stock does not suffice for two orders. */
export const STOCK_STEPS: readonly Step[] = [
  {
    heading: 'A product',
    why: 'Its sku is the code of the shop, which stands in the lines of orders.',
    request: ({ orderUrl, run }) => ({
      method: 'POST',
      url: `${orderUrl}/products`,
      token: 'TOKEN',
      body: { sku: `chair-${run}`, name: 'Chair', category: 'home/seating', price: 49.5 },
    }),
    checks: ({ run }) => [status(201), member('sku', `chair-${run}`), member('version', 1)],
    remember: (_answer, story) => void story.cleanup.add(() => removeProduct(story)),
  },
  {
    heading: 'Its stock',
    why: 'From now on no more than three are sold. Two or fewer are a low stock.',
    request: (story) => ({
      ...productRequest(story, '/stock'),
      method: 'PUT',
      body: { on_hand: 3, low_stock_threshold: 2 },
    }),
    checks: () => [status(201), member('on_hand', 3), member('available', 3)],
  },
  {
    heading: 'Mails about low stock',
    why: 'In local mode the mails are files below .local/mail.',
    request: (story) => mailSettings(story, true),
    checks: () => [status(200), member('low_stock.enabled', true)],
    remember: (_answer, story) =>
      void story.cleanup.add(() => call({ ...mailSettings(story, false) }, story)),
  },
  {
    heading: 'An order with the price of the catalogue',
    why: 'Without unit_price. Its transaction reserves the stock.',
    request: (story) => orderOf(story, 'ada'),
    checks: () => [
      status(201),
      member('items.0.name', 'Chair'),
      member('items.0.unit_price', 49.5),
      member('total_amount', 99),
    ],
  },
  {
    heading: 'An order of more than is available',
    why: 'It is refused as a whole, and nothing is stored.',
    request: (story) => orderOf(story, 'bob'),
    checks: ({ run }) => [
      ...problem(409, 'out_of_stock'),
      member('errors.0.path', 'items[0]'),
      member('errors.0.message', `chair-${run}: 2 requested, 1 available`),
    ],
  },
  {
    heading: 'The ledger of the stock',
    why: 'It has every change; the stock is their sum.',
    request: (story) => productRequest(story, '/stock/ledger'),
    checks: () => [status(200), column('cause', ['order_placed', 'set']), column('change.reserved', [2, 0])],
  },
  {
    heading: 'The mail about the low stock',
    why: 'The event inventory.low caused it; the same event is in GET /events, in streams and webhooks.',
    request: ({ orderUrl }) => ({ method: 'GET', url: `${orderUrl}/notifications?limit=1`, token: 'TOKEN' }),
    // Until it is queued, the mail of an earlier run is the latest.
    until: ({ body }, { run }) =>
      String(at(body, 'data.0.subject')).includes(`chair-${run}`) &&
      ['sent', 'failed', 'not_sent'].includes(String(at(body, 'data.0.status'))),
    checks: ({ run }) => [
      status(200),
      column('kind', ['low_stock']),
      column('recipient', [RECIPIENT]),
      member('data.0.subject', `Low stock: Chair (chair-${run}): 1 available, threshold 2`),
    ],
  },
];

const orderOf = ({ orderUrl, run }: Story, customer: string): HttpRequest => ({
  method: 'POST',
  url: `${orderUrl}/orders`,
  token: 'TOKEN',
  body: { customer_id: `${customer}-${run}`, items: [{ product_id: `chair-${run}`, quantity: 2 }] },
});

const mailSettings = ({ orderUrl }: Story, enabled: boolean): HttpRequest => ({
  method: 'PUT',
  url: `${orderUrl}/notifications/settings`,
  token: 'TOKEN',
  body: { low_stock: { enabled, recipients: [RECIPIENT] } },
});

/** The order holds units of the product until it is shipped; until then it cannot be deleted. */
async function removeProduct(story: Story): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await call({ ...productRequest(story), method: 'DELETE' }, story);
    if (answer.status === 204) return;
    if (answer.status !== 409 || attempt === MOST_ATTEMPTS)
      throw new Error(`the product was not deleted: ${answer.text}`);
    await delay(PAUSE_MS);
  }
}
