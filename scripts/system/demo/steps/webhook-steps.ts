import { call } from '../call';
import { column, member, status } from '../checks';
import { showArrival, showMessage, showVariable } from '../narrate';
import { webhookRequest } from '../requests';
import { at, type Finding, type Step, type Story } from '../story';
import { REFUSED_ONCE, type WebhookArrival } from '../watch-webhooks';

const ARRIVE_WITHIN_MS = 30_000;

/** The webhook endpoint, which is created before the first order. */
export const ENDPOINT_STEPS: readonly Step[] = [
  {
    heading: 'A webhook endpoint',
    why: 'The demo receives webhooks on this machine. Only this response contains the secret that signs them.',
    needsWebhooks: true,
    request: ({ orderUrl, run, webhooks }) => ({
      method: 'POST',
      url: `${orderUrl}/webhooks`,
      token: 'TOKEN',
      headers: { 'Idempotency-Key': `demo-webhook-${run}` },
      body: { url: webhooks?.url, description: 'the demo' },
    }),
    checks: ({ webhooks }) => [status(201), member('url', webhooks?.url), member('enabled', true)],
    keep: { member: 'endpoint_id', as: 'WEBHOOK_ID' },
    remember({ body }, story) {
      story.webhooks?.useSecret(String(at(body, 'secret')));
      story.cleanup.add(() => removeEndpoint(story));
    },
  },
];

/** What the receiver got. */
export const WEBHOOK_STEPS: readonly Step[] = [
  {
    heading: 'The webhooks of the cancelled order',
    why:
      'The receiver answers 503 once: the event comes again after 5 s with the same id, and the next event of this order waits. Other ' +
      'orders do not wait.',
    needsWebhooks: true,
    show: showWebhooks,
  },
  {
    heading: 'A webhook in full',
    why: 'Signed as the Standard Webhooks specification says, and verified with its published package.',
    needsWebhooks: true,
    show: showLastWebhook,
  },
  {
    heading: 'The deliveries of this order',
    why: 'One for each event, the newest first.',
    needsWebhooks: true,
    request: (story) => webhookRequest(story, `/deliveries?order_id=${story.variables['CANCEL_ID'] ?? ''}`),
    until: ({ body }) =>
      (at(body, 'data') as { status: string }[] | undefined)?.every((one) => one.status !== 'pending') ??
      true,
    checks: () => [
      status(200),
      column('type', ['order.cancelled', REFUSED_ONCE, 'order.created']),
      column('attempts', [1, 2, 1]),
    ],
  },
  {
    heading: 'The attempts of one delivery',
    why: 'With the answer of the receiver to each, the newest first.',
    needsWebhooks: true,
    request: (story) => webhookRequest(story, `/deliveries/${story.variables['EVENT_ID'] ?? ''}`),
    checks: () => [
      status(200),
      member('status', 'succeeded'),
      member('history.0.http_status', 204),
      member('history.1.http_status', 503),
    ],
  },
  {
    heading: 'The endpoint is removed',
    why: 'Deliveries that still wait are not sent.',
    needsWebhooks: true,
    request: (story) => ({ ...webhookRequest(story), method: 'DELETE' }),
    checks: () => [status(204)],
    remember: (_answer, story) => void delete story.variables['WEBHOOK_ID'],
  },
];

const isOfCancelledOrder = ({ event }: WebhookArrival, { variables }: Story): boolean =>
  event.order_id === variables['CANCEL_ID'];

/** Prints each webhook of the cancelled order as it arrives. */
async function showWebhooks(story: Story): Promise<Finding[]> {
  const { webhooks } = story;
  const seen: WebhookArrival[] = [];
  const isLast = (webhook: WebhookArrival): boolean =>
    isOfCancelledOrder(webhook, story) && webhook.event.type === 'order.cancelled';
  for await (const { value, afterMs } of webhooks?.arrivals.until(isLast, ARRIVE_WITHIN_MS) ?? []) {
    if (!isOfCancelledOrder(value, story)) continue;
    seen.push(value);
    showArrival(afterMs, [value.event.type, 30], [`answered ${String(value.answer)}`, 0]);
  }
  const [first, second] = seen.filter(({ event }) => event.type === REFUSED_ONCE);
  story.variables['EVENT_ID'] = first?.event.id ?? '';
  showVariable('EVENT_ID', story);
  return [
    { what: 'answers', expected: [204, 503, 204, 204], found: seen.map(({ answer }) => answer) },
    { what: 'versions', expected: [1, 2, 2, 3], found: seen.map(({ event }) => event.version) },
    { what: 'the repeat has the same id', expected: first?.event.id, found: second?.event.id },
    { what: 'webhooks without a valid signature', expected: 0, found: webhooks?.rejected() },
  ];
}

async function showLastWebhook(story: Story): Promise<Finding[]> {
  const { webhooks } = story;
  const all: WebhookArrival[] = [];
  for await (const { value } of webhooks?.arrivals.until(() => false, 0) ?? []) all.push(value);
  const webhook = all.findLast((one) => isOfCancelledOrder(one, story));
  if (!webhook) return [{ what: 'webhook', expected: 'one', found: null }];
  showMessage(webhook);
  const changed = { ...webhook, body: webhook.body.replace('CANCELLED', 'DELIVERED') };
  return [
    {
      what: 'webhook-id is the id of the event',
      expected: webhook.event.id,
      found: webhook.headers['webhook-id'],
    },
    { what: 'verified by standardwebhooks', expected: true, found: webhooks?.isGenuine(webhook) },
    { what: 'verified with another body', expected: false, found: webhooks?.isGenuine(changed) },
  ];
}

/** Of a demo that failed or was interrupted. */
async function removeEndpoint(story: Story): Promise<void> {
  if (story.variables['WEBHOOK_ID'] !== undefined)
    await call({ ...webhookRequest(story), method: 'DELETE' }, story);
}
