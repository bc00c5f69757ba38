import { type StoryFolder, type StoryStep } from './story-step';

const ORDER = 'order-service';
const DELIVERY = 'delivery-service';

/** Queues and dead letters. */
export const QUEUE_STEPS: StoryFolder = {
  name: '10 The queues',
  description: 'For operators. The two requests that change something name a message that does not exist.',
  steps: [
    { name: 'List the queues', service: ORDER, operation: 'listQueues', status: [200] },
    { name: 'List dead letters', service: ORDER, operation: 'peekDeadLetters', status: [200] },
    {
      name: 'Redrive a dead letter',
      service: ORDER,
      operation: 'redriveDeadLetters',
      body: { message_ids: ['{{$guid}}'] },
      status: [200],
      tests: ["pm.test('touches no other', () => pm.expect(body).to.include({ redriven: 0, skipped: 1 }));"],
    },
    {
      name: 'Delete a dead letter',
      service: ORDER,
      operation: 'dropDeadLetters',
      query: { message_id: '{{$guid}}' },
      status: [200],
      tests: ["pm.test('touches no other', () => pm.expect(body).to.include({ dropped: 0, skipped: 1 }));"],
    },
  ],
};

/** Events that a queue refuses. */
export const OUTBOX_STEPS: StoryFolder = {
  name: '11 Refused events',
  description:
    'For operators. Both services have an outbox. The requests that change something name an event that does not exist.',
  steps: [...refusedEventSteps(ORDER, 'Order Service'), ...refusedEventSteps(DELIVERY, 'Delivery Service')],
};

function refusedEventSteps(service: typeof ORDER | typeof DELIVERY, name: string): StoryStep[] {
  return [
    {
      name: `List refused events of the ${name}`,
      service,
      operation: 'listRefusedEvents',
      status: [200],
    },
    {
      name: `Retry a refused event of the ${name}`,
      service,
      operation: 'retryRefusedEvents',
      body: { event_ids: ['{{$guid}}'] },
      status: [200],
      tests: ["pm.test('touches no other', () => pm.expect(body).to.include({ retried: 0, skipped: 1 }));"],
    },
    {
      name: `Drop a refused event of the ${name}`,
      service,
      operation: 'dropRefusedEvents',
      query: { event_id: '{{$guid}}' },
      status: [200],
      tests: ["pm.test('touches no other', () => pm.expect(body).to.include({ dropped: 0, skipped: 1 }));"],
    },
  ];
}

/** Orders that differ from their shipments. */
export const RECONCILIATION: StoryFolder = {
  name: '12 Reconciliation',
  description:
    'For operators: differences between an order and its shipment that reconciliation cannot repair, usually after a database was restored.',
  steps: [
    { name: 'List the findings', service: ORDER, operation: 'listFindings', status: [200] },
    {
      name: 'Accept a finding of an order without findings',
      service: ORDER,
      operation: 'acceptFinding',
      params: { order_id: '{{$guid}}' },
      status: [404],
    },
  ],
};

/** Metrics and contracts. */
export const METRICS_AND_CONTRACTS: StoryFolder = {
  name: '13 Metrics and contracts',
  description: 'For monitoring and for generated clients.',
  steps: [
    { name: 'Metrics of the Order Service', service: ORDER, operation: 'getMetrics', status: [200] },
    { name: 'Metrics of the Delivery Service', service: DELIVERY, operation: 'getMetrics', status: [200] },
    { name: 'Contract of the Order Service', service: ORDER, operation: 'getOpenApi', status: [200] },
    { name: 'Contract of the Delivery Service', service: DELIVERY, operation: 'getOpenApi', status: [200] },
  ],
};
