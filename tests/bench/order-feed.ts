import { setTimeout as delay } from 'node:timers/promises';
import { createOrderClient, RefusedOrder } from './order-client';
import { type System } from './system';

export interface Feed {
  /** Updates the number of orders that are not delivered yet. */
  setUndelivered(count: number): void;
  /** Number of delivered orders. */
  delivered(): number;
  /** Number of orders that a busy service has answered with 503, if the feed repeats those. */
  busy(): number;
  /** @throws RefusedOrder when an order was refused. */
  stop(): Promise<void>;
}

const CONNECTIONS = 32;
const REST_MS = 5;
const BUSY_REST_MS = 250;
const UNAVAILABLE = 503;

/**
 * Places orders while fewer than `most` are undelivered, according to `setUndelivered`.
 *
 * @param repeatsBusy whether an order that a busy service has answered with 503 is repeated instead of being an error.
 */
export function feedInFlight(system: System, most: number, repeatsBusy = false): Feed {
  const client = createOrderClient(system, CONNECTIONS);
  const stopping = new AbortController();
  let begun = 0;
  let allowed = most;
  let delivered = 0;
  let busy = 0;
  const place = async (): Promise<void> => {
    for (;;) {
      try {
        await client.place();
        return;
      } catch (error) {
        const isBusy = error instanceof RefusedOrder && error.status === UNAVAILABLE;
        if (!repeatsBusy || !isBusy || stopping.signal.aborted) throw error;
        busy += 1;
        await delay(BUSY_REST_MS);
      }
    }
  };
  const work = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      if (begun >= allowed) {
        await delay(REST_MS);
      } else {
        begun += 1;
        await place();
      }
    }
  };
  const workers = Promise.all(Array.from({ length: CONNECTIONS }, work));
  workers.catch(() => stopping.abort());
  return {
    setUndelivered(count) {
      allowed = begun + Math.max(0, most - count);
      delivered = begun - count;
    },
    delivered: () => delivered,
    busy: () => busy,
    async stop() {
      stopping.abort();
      await workers.finally(() => client.close());
    },
  };
}

/** Places a number of orders as fast as they are accepted. */
export async function feedTotal(system: System, total: number): Promise<void> {
  const client = createOrderClient(system, CONNECTIONS);
  let begun = 0;
  const work = async (): Promise<void> => {
    for (; begun < total; await client.place()) begun += 1;
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, work)).finally(() => client.close());
}

/** Places a number of orders per second at regular intervals, without waiting for answers. */
export async function feedAtPace(system: System, perSecond: number, seconds: number): Promise<void> {
  const client = createOrderClient(system, CONNECTIONS);
  const start = performance.now();
  const open = new Set<Promise<void>>();
  const failures: unknown[] = [];
  for (let number = 0; number < perSecond * seconds; number += 1) {
    const due = start + (number / perSecond) * 1_000;
    if (due > performance.now()) await delay(due - performance.now());
    const placed = client
      .place()
      .catch((error: unknown) => void failures.push(error))
      .finally(() => open.delete(placed));
    open.add(placed);
  }
  await Promise.all(open);
  client.close();
  if (failures.length > 0) throw failures[0];
}
