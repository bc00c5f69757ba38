import { type ServiceName } from '../contracts';
import { type StoryFolder, type StoryStep } from './story-step';

const ORDER = 'order-service';
const DELIVERY = 'delivery-service';

const probes = (service: ServiceName, title: string): StoryStep[] => [
  {
    name: `${title}: name and version`,
    service,
    operation: 'getIndex',
    status: [200],
    tests: [`pm.test('is the ${title}', () => pm.expect(body.name).to.equal('${title}'));`],
  },
  {
    name: `${title}: health of each component`,
    service,
    operation: 'getHealth',
    status: [200],
    tests: ["pm.test('is not down', () => pm.expect(body.status).to.be.oneOf(['up', 'degraded']));"],
  },
  { name: `${title}: ready for requests`, service, operation: 'getReadiness', status: [200] },
  { name: `${title}: alive`, service, operation: 'getLiveness', status: [200] },
];

/** The probes of both services. */
export const PROBES: StoryFolder = {
  name: '1 The services are up',
  description: 'Probes need no token.',
  steps: [...probes(ORDER, 'Order Service'), ...probes(DELIVERY, 'Delivery Service')],
};

/** Fetches the token that the other requests send. */
export const TOKEN: StoryFolder = {
  name: '2 A token',
  description: 'Client credentials (RFC 6749 §4.4). The other requests send this token.',
  steps: [
    {
      name: 'Request an access token',
      service: ORDER,
      operation: 'createToken',
      form: {
        grant_type: 'client_credentials',
        client_id: '{{client_id}}',
        client_secret: '{{client_secret}}',
      },
      before: ["pm.collectionVariables.set('run', Date.now().toString(36));"],
      status: [200],
      keep: { access_token: 'access_token' },
    },
    {
      name: 'Read the metadata of the authorization server',
      service: ORDER,
      operation: 'getAuthorizationServerMetadata',
      status: [200],
    },
    { name: 'Read the public keys', service: ORDER, operation: 'getKeySet', status: [200] },
  ],
};
