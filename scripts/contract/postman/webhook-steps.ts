import { type StoryFolder } from './story-step';

const ORDER = 'order-service';

const ENDPOINT = { endpoint_id: '{{endpoint_id}}' };

/** A webhook endpoint from its creation to its removal. */
export const WEBHOOK_STEPS: StoryFolder = {
  name: '7 A webhook endpoint',
  description: 'Creates an endpoint that gets events by HTTP, changes it and removes it.',
  steps: [
    {
      name: 'Create a webhook endpoint',
      service: ORDER,
      operation: 'createWebhook',
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
