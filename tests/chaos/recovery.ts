import { type FaultKind } from './fault-kinds';
import { type Databases } from './databases';
import { readJourneys, type Journey } from './journeys';
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
  /**
   * From the commit of an order to that of its mark as sent, of the orders placed while one of two relays was killed or paused. Those
   * that were sent again are left out: when they were sent first is not on record. What they cost is part of the next two.
   */
  placedToSent: Spread;
  /**
   * From the commit of an order to that of its shipment, of the orders placed while one of two consumers was killed or paused,
   * whatever else hit them: also those that were sent again.
   */
  placedToShipment: Spread;
  /** From the beginning of a wipe of the queues, or of their loss, to the shipment of an order that was placed before it and sent again. */
  lossToShipment: Spread;
  /** The orders that waited longest for their shipment, whatever hit them: for the report. */
  slowest: Journey[];
  /** Orders whose shipment no row of the inbox tells the time of; they are in neither of the last two. */
  untimed: number;
}

const SLOWEST = 50;

/** What was sent a moment before a process died can be in its hands. */
const LEAD_MS = 200;

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
  const journeys = await readJourneys(databases);
  const of = (...kinds: FaultKind[]) => faults.filter(({ kind }) => kinds.includes(kind));
  const relayFaults = of('kill-order-service', 'pause-order-service');
  const consumerFaults = of('kill-delivery-service', 'pause-delivery-service');
  return {
    api: answersAgain(faults, successes),
    placedToSent: spreadOf(
      placedDuring(relayFaults, journeys).flatMap(({ placedAt, sentAt }) => since(placedAt, sentAt)),
    ),
    placedToShipment: spreadOf(
      placedDuring(consumerFaults, journeys).flatMap(({ placedAt, acceptedAt }) =>
        since(placedAt, acceptedAt),
      ),
    ),
    lossToShipment: spreadOf(repairs(of('wipe-queues', 'kill-sqs'), journeys)),
    slowest: slowestOf(journeys),
    untimed: journeys.filter(({ acceptedAt }) => acceptedAt === null).length,
  };
}

function slowestOf(journeys: readonly Journey[]): Journey[] {
  const waited = ({ placedAt, acceptedAt }: Journey): number => (acceptedAt ?? placedAt) - placedAt;
  return journeys.toSorted((a, b) => waited(b) - waited(a)).slice(0, SLOWEST);
}

function answersAgain(faults: readonly PastFault[], successes: readonly number[]): Map<FaultKind, Spread> {
  const sorted = [...successes].sort((a, b) => a - b);
  const api = new Map<FaultKind, number[]>();
  for (const { kind, ended } of faults) {
    const next = sorted.find((time) => time >= ended);
    if (next !== undefined) api.set(kind, [...(api.get(kind) ?? []), next - ended]);
  }
  return new Map([...api].map(([kind, values]) => [kind, spreadOf(values)]));
}

const placedDuring = (faults: readonly PastFault[], journeys: readonly Journey[]): Journey[] =>
  journeys.filter(({ placedAt }) =>
    faults.some(
      ({ beganAt, endedAt }) => placedAt >= beganAt.getTime() - LEAD_MS && placedAt <= endedAt.getTime(),
    ),
  );

/** From the last loss between an order and its shipment. */
function repairs(losses: readonly PastFault[], journeys: readonly Journey[]): number[] {
  return journeys.flatMap(({ placedAt, acceptedAt, isResent }) => {
    if (!isResent || acceptedAt === null) return [];
    const before = losses.map(({ beganAt }) => beganAt.getTime()).filter((at) => at < acceptedAt);
    const loss = Math.max(...before);
    return loss > placedAt ? [acceptedAt - loss] : [];
  });
}

const since = (from: number, to: number | null): number[] => (to === null ? [] : [to - from]);
