import { createDeadLetters } from '../../shared/dead-letters/dead-letters';
import { OUTBOX_TAG, outboxOperations } from '../../shared/http/outbox-operations';
import { type Module, type Platform } from '../platform';
import { queueOperations, QUEUES_TAG } from './routes/queue-operations';

/** The module `queues`: the queues between the services, their dead letters, and the outbox. */
export function composeQueues({ database, queues, logger }: Platform): Module {
  const deadLetters = createDeadLetters({ ...queues.forRequests, logger });
  return {
    tags: [
      { name: QUEUES_TAG, description: 'The queues between the services, and their dead letters.' },
      OUTBOX_TAG,
    ],
    links: {},
    operations: [
      ...queueOperations({ db: database, deadLetters }),
      ...outboxOperations({ db: database, logger }),
    ],
    components: [],
    housekeeping: [],
    healthChecks: {},
  };
}
