import { type FeedEvent } from '../../../shared/event-log/event-feed';
import { eventsOfEach } from '../../../shared/event-log/read-events';
import { type Queryable } from '../../../shared/postgres/queryable';
import { type Order } from '../domain/order';
import { isComplete, type OrderStepAt, stepsOf } from '../domain/public-event';
import { presentOrders } from '../store/public-event-store';

export interface OrderSteps {
  /** By event id. */
  steps: Map<string, OrderStepAt>;
  /** Why the logs of orders cannot be presented, by order id; these have no steps. */
  faults: Map<string, unknown>;
}

/** The steps of the orders that events concern. A malformed log is a fault of its order; the others are not affected. */
export async function readOrderSteps(
  db: Queryable,
  changes: readonly Pick<FeedEvent, 'subjectId'>[],
): Promise<OrderSteps> {
  const found: OrderSteps = { steps: new Map(), faults: new Map() };
  if (changes.length === 0) return found;
  const orderIds = [...new Set(changes.map(({ subjectId }) => subjectId))];
  const logs = await eventsOfEach(db, orderIds);
  const isIncomplete = (orderId: string): boolean => !isComplete(logs.get(orderId) ?? []);
  const incomplete = orderIds.filter((orderId) => attempt(found, orderId, () => isIncomplete(orderId)));
  const present = incomplete.length === 0 ? new Map<string, Order>() : await presentOrders(db, incomplete);
  for (const [orderId, log] of logs) {
    const steps = attempt(found, orderId, () => stepsOf(log, present.get(orderId) ?? null)) ?? [];
    for (const step of steps) found.steps.set(step.entry.eventId, step);
  }
  return found;
}

/** The result of work on the log of an order; undefined, and a fault, when it throws. */
function attempt<T>({ faults }: OrderSteps, orderId: string, work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    faults.set(orderId, error);
    return undefined;
  }
}
