import { LIVE_QUEUES, type QueueResource, type QueueState } from '../../../shared/contracts/queues';
import { oldestUnpublishedAge } from '../../../shared/event-log/outbox';
import { type Queryable } from '../../../shared/postgres/queryable';

export interface ListQueuesDependencies {
  db: Queryable;
  deadLetters: { stateOf(queue: string): Promise<QueueState> };
}

/** Both live queues: the messages in them, their dead letters, and the age of the oldest unpublished event of this service. */
export function listQueues({ db, deadLetters }: ListQueuesDependencies): Promise<QueueResource[]> {
  return Promise.all(
    LIVE_QUEUES.map(async (name) => {
      const [state, unpublishedAge] = await Promise.all([
        deadLetters.stateOf(name),
        oldestUnpublishedAge(db, name),
      ]);
      return { name, ...state, oldest_unpublished_age_seconds: unpublishedAge };
    }),
  );
}
