import { createDeadLetters } from '../../shared/dead-letters/dead-letters';
import { type Module, type Platform } from '../platform';
import { queueOperations, QUEUES_TAG } from './routes/queue-operations';

/** The module `queues`: the queues between the services, and their dead letters. */
export function composeQueues({ database, queues, logger }: Platform): Module {
  const deadLetters = createDeadLetters({ ...queues.forRequests, logger });
  return {
    tags: [{ name: QUEUES_TAG, description: 'The queues between the services, and their dead letters.' }],
    links: {},
    operations: queueOperations({ db: database, deadLetters }),
    components: [],
    housekeeping: [],
    healthChecks: {},
  };
}
