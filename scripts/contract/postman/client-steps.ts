import { type StoryFolder } from './story-step';

const ORDER = 'order-service';

const CLIENT = { client_id: '{{new_client_id}}' };

const CLIENT_FORM = {
  token: '{{new_client_token}}',
  client_id: '{{new_client_id}}',
  client_secret: '{{new_client_secret}}',
};

/** A client from its registration to its removal. */
export const CLIENT_STEPS: StoryFolder = {
  name: '6 A client',
  description: 'Registers a client, uses it and removes it.',
  steps: [
    {
      name: 'Register a client',
      service: ORDER,
      operation: 'registerClient',
      headers: { 'Idempotency-Key': '{{$guid}}' },
      status: [201],
      keep: { new_client_id: 'client_id', new_client_secret: 'client_secret' },
    },
    {
      name: 'List clients',
      service: ORDER,
      operation: 'listClients',
      query: { limit: '100' },
      status: [200],
    },
    { name: 'Read the client', service: ORDER, operation: 'getClient', params: CLIENT, status: [200] },
    {
      name: 'Rename the client',
      service: ORDER,
      operation: 'changeClient',
      params: CLIENT,
      body: { name: 'Lamp shop {{run}}' },
      status: [200],
    },
    {
      name: 'Rotate its secret',
      service: ORDER,
      operation: 'rotateSecret',
      params: CLIENT,
      status: [200],
      keep: { new_client_secret: 'client_secret' },
    },
    {
      name: 'Fetch a token as the client',
      service: ORDER,
      operation: 'createToken',
      form: {
        grant_type: 'client_credentials',
        client_id: '{{new_client_id}}',
        client_secret: '{{new_client_secret}}',
      },
      status: [200],
      keep: { new_client_token: 'access_token' },
    },
    {
      name: 'Introspect its token',
      service: ORDER,
      operation: 'introspectToken',
      form: CLIENT_FORM,
      status: [200],
      tests: ["pm.test('is active', () => pm.expect(body.active).to.equal(true));"],
    },
    { name: 'Revoke its token', service: ORDER, operation: 'revokeToken', form: CLIENT_FORM, status: [200] },
    {
      name: 'Introspect the revoked token',
      service: ORDER,
      operation: 'introspectToken',
      form: CLIENT_FORM,
      status: [200],
      tests: ["pm.test('is not active', () => pm.expect(body.active).to.equal(false));"],
    },
    { name: 'Remove the client', service: ORDER, operation: 'removeClient', params: CLIENT, status: [204] },
  ],
};
