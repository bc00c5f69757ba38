import { type FaultKind } from './fault-kinds';
import { type Databases } from './invariants';
import { type PastFault } from './schedule';

/** Milliseconds, of which the least, the middle and the worst are of interest. */
export interface Spread {
  count: number;
  p50: number;
  p99: number;
  max: number;
}

export interface Recovery {
  /** Per kind of fault: from its end until an order was taken again. */
  api: Map<FaultKind, Spread>;
  /** From an event to its message in the queue, while one of two relays was killed or paused. */
  relayTakeover: Spread;
  /** From a message in the queue to its shipment, while one of two consumers was killed or paused. */
  consumerTakeover: Spread;
  /** From a wipe of the queues, or their loss, to the shipment of an order whose message was lost. */
  wipeRepair: Spread;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) };
}

/** Reads from the history of the load and from both databases how long it took until all was well again. */
export async function measureRecovery(
  databases: Databases,
  faults: readonly PastFault[],
  successes: readonly number[],
): Promise<Recovery> {
  const sorted = [...successes].sort((a, b) => a - b);
  const api = new Map<FaultKind, number[]>();
  for (const { kind, ended } of faults) {
    const next = sorted.find((time) => time >= ended);
    if (next !== undefined) api.set(kind, [...(api.get(kind) ?? []), next - ended]);
  }
  const of = (...kinds: FaultKind[]) => faults.filter(({ kind }) => kinds.includes(kind));
  return {
    api: new Map([...api].map(([kind, values]) => [kind, spreadOf(values)])),
    relayTakeover: spreadOf(await relayLags(databases, of('kill-order-service', 'pause-order-service'))),
    consumerTakeover: spreadOf(
      await consumerLags(databases, of('kill-delivery-service', 'pause-delivery-service')),
    ),
    wipeRepair: spreadOf(await wipeLags(databases, of('wipe-queues', 'kill-sqs'))),
  };
}

/** Events that were sent once only: a deliberate repeat has the time of the repeat. */
async function relayLags({ orders }: Databases, faults: readonly PastFault[]): Promise<number[]> {
  const { rows } = await orders.query<{ lag: number }>(
    `SELECT extract(epoch FROM e.published_at - e.occurred_at)::float8 * 1000 AS lag
       FROM events e JOIN unnest($1::timestamptz[], $2::timestamptz[]) AS f (began, ended)
         ON e.occurred_at BETWEEN f.began - interval '200 ms' AND f.ended
      WHERE e.queue IS NOT NULL AND e.resends = 0`,
    timesOf(faults),
  );
  return rows.map(({ lag }) => lag);
}

async function consumerLags(databases: Databases, faults: readonly PastFault[]): Promise<number[]> {
  const { rows } = await databases.orders.query<{ order_id: string; sent: Date }>(
    `SELECT e.order_id, e.published_at AS sent
       FROM events e JOIN unnest($1::timestamptz[], $2::timestamptz[]) AS f (began, ended)
         ON e.published_at BETWEEN f.began - interval '200 ms' AND f.ended
      WHERE e.type = 'ORDER_CREATED' AND e.resends = 0`,
    timesOf(faults),
  );
  const made = await shipmentTimes(databases);
  return rows.flatMap(({ order_id: id, sent }) => {
    const at = made.get(id);
    return at === undefined ? [] : [at.getTime() - sent.getTime()];
  });
}

/** Orders that were sent again after a loss, and had been placed before it: from the loss to their shipment. */
async function wipeLags(databases: Databases, faults: readonly PastFault[]): Promise<number[]> {
  const { rows } = await databases.orders.query<{ order_id: string; placed: Date }>(
    "SELECT order_id, occurred_at AS placed FROM events WHERE type = 'ORDER_CREATED' AND resends > 0",
  );
  const made = await shipmentTimes(databases);
  return rows.flatMap(({ order_id: id, placed }) => {
    const at = made.get(id);
    const loss = faults.findLast(({ endedAt }) => at !== undefined && endedAt < at && endedAt > placed);
    return at === undefined || !loss ? [] : [at.getTime() - loss.endedAt.getTime()];
  });
}

async function shipmentTimes({ deliveries }: Databases): Promise<Map<string, Date>> {
  const { rows } = await deliveries.query<{ order_id: string; created_at: Date }>(
    'SELECT order_id, created_at FROM shipments',
  );
  return new Map(rows.map((row) => [row.order_id, row.created_at]));
}

const timesOf = (faults: readonly PastFault[]): [Date[], Date[]] => [
  faults.map(({ beganAt }) => beganAt),
  faults.map(({ endedAt }) => endedAt),
];
