import { createDeadLetters } from '../../shared/dead-letters/dead-letters';
import { type Module, type Platform } from '../platform';
import { queueOperations } from './routes/queue-operations';

/** The module `queues`: the queues between the services, and their dead letters. */
export function composeQueues({ database, queues, logger }: Platform): Module {
  const deadLetters = createDeadLetters({ ...queues.forRequests, logger });
  return {
    operations: queueOperations({ db: database, deadLetters }),
    components: [],
    housekeeping: [],
    healthChecks: {},
  };
}
