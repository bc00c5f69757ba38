import { type StoryFolder } from './story-step';

const ORDER = 'order-service';

const ENDPOINT = { endpoint_id: '{{endpoint_id}}' };
const DELIVERY = { ...ENDPOINT, event_id: '{{event_id}}' };
const AN_HOUR_AGO = 'new Date(Date.now() - 3600000).toISOString()';

/** A webhook endpoint from its creation to its removal. */
export const WEBHOOK_STEPS: StoryFolder = {
  name: '7 A webhook endpoint',
  description:
    'Creates an endpoint that gets events by HTTP, looks into its deliveries, changes it and removes it. Nothing answers at its URL.',
  steps: [
    {
      name: 'Create a webhook endpoint',
      service: ORDER,
      operation: 'createWebhook',
      body: { url: 'https://hooks.shop.example/orders', description: 'the shop' },
      headers: { 'Idempotency-Key': '{{$guid}}' },
      status: [201],
      keep: { endpoint_id: 'endpoint_id' },
      tests: ["pm.test('shows the secret', () => pm.expect(body.secret).to.match(/^whsec_/));"],
    },
    { name: 'List webhook endpoints', service: ORDER, operation: 'listWebhooks', status: [200] },
    {
      name: 'Read the webhook endpoint',
      service: ORDER,
      operation: 'getWebhook',
      params: ENDPOINT,
      status: [200],
      tests: ["pm.test('hides the secret', () => pm.expect(body).not.to.have.property('secret'));"],
    },
    {
      name: 'Test the webhook endpoint',
      service: ORDER,
      operation: 'testWebhook',
      params: ENDPOINT,
      status: [200],
      tests: ["pm.test('tells the outcome', () => pm.expect(body.succeeded).to.equal(false));"],
    },
    {
      name: 'Replay the events of the last hour',
      service: ORDER,
      operation: 'replayWebhookEvents',
      params: ENDPOINT,
      headers: { 'Idempotency-Key': '{{$guid}}' },
      before: [`pm.collectionVariables.set('replay_from', ${AN_HOUR_AGO});`],
      body: { from: '{{replay_from}}' },
      status: [202],
      keep: { replay_id: 'replay_id' },
    },
    {
      name: 'Read the replay until it has ended',
      service: ORDER,
      operation: 'getWebhookReplay',
      params: { ...ENDPOINT, replay_id: '{{replay_id}}' },
      status: [200],
      until: "body !== null && body.status === 'ended'",
    },
    {
      name: 'List the deliveries of the endpoint',
      service: ORDER,
      operation: 'listWebhookDeliveries',
      params: ENDPOINT,
      query: { status: 'pending' },
      status: [200],
      until: 'body !== null && body.data.length > 0',
      keep: { event_id: 'data[0].event_id' },
    },
    {
      name: 'Read a delivery',
      service: ORDER,
      operation: 'getWebhookDelivery',
      params: DELIVERY,
      status: [200],
      tests: ["pm.test('has a history', () => pm.expect(body.history).to.be.an('array'));"],
    },
    {
      name: 'Repeat the delivery',
      service: ORDER,
      operation: 'retryWebhookDelivery',
      params: DELIVERY,
      status: [202],
    },
    {
      name: 'Disable the webhook endpoint',
      service: ORDER,
      operation: 'changeWebhook',
      params: ENDPOINT,
      status: [200],
      tests: ["pm.test('is disabled', () => pm.expect(body.disabled_reason).to.equal('by_client'));"],
    },
    {
      name: 'Rotate the secret of the webhook endpoint',
      service: ORDER,
      operation: 'rotateWebhookSecret',
      params: ENDPOINT,
      status: [200],
    },
    {
      name: 'Remove the webhook endpoint',
      service: ORDER,
      operation: 'removeWebhook',
      params: ENDPOINT,
      status: [204],
    },
  ],
};
