import { setTimeout as delay } from 'node:timers/promises';
import { type FaultKind } from './fault-kinds';
import { FAULTS } from './faults';
import { type Random } from './random';
import { type Stack } from './stack';

export interface PlannedFault {
  kind: FaultKind;
  /** Milliseconds for which the part that it hits is whole before it begins. */
  pause: number;
  lasts: number;
}

/** A fault as it was: times in milliseconds of `performance.now()`, and of 1970 for comparison with the databases. */
export interface PastFault {
  kind: FaultKind;
  target: string;
  began: number;
  beganAt: Date;
  ended: number;
  endedAt: Date;
}

const PAUSE = { least: 100, most: 900 };
const LASTS = { least: 200, most: 2_000 };

/** Faults without end: every kind in turn, in an order and for a time that the seed decides. */
export function* planFaults(kinds: readonly FaultKind[], random: Random): Generator<PlannedFault, never> {
  for (;;) {
    for (const kind of random.shuffled(kinds)) {
      yield {
        kind,
        pause: random.between(PAUSE.least, PAUSE.most),
        lasts: random.between(LASTS.least, LASTS.most),
      };
    }
  }
}

export interface FaultInjection {
  stack: Stack;
  planned: Iterable<PlannedFault>;
  random: Random;
  overMs: number;
  report: (fault: PastFault) => void;
}

/**
 * Injects one fault after the other until the time is over. A fault may still heal, as a process that starts again, while the next
 * one hits another part; no part is hit again before it is whole.
 */
export async function injectFaults({
  stack,
  planned,
  random,
  overMs,
  report,
}: FaultInjection): Promise<PastFault[]> {
  const past: PastFault[] = [];
  const healing = new Map<string, Promise<void>>();
  const end = performance.now() + overMs;
  for (const { kind, pause, lasts } of planned) {
    const parts = partsHitBy(kind);
    await Promise.all(parts.flatMap((part) => healing.get(part) ?? []));
    await delay(pause);
    if (performance.now() > end) break;
    const [began, beganAt] = [performance.now(), new Date()];
    const { target, heal } = await FAULTS[kind](stack, random);
    await delay(lasts);
    const healed = heal().then(() => {
      const fault = { kind, target, began, beganAt, ended: performance.now(), endedAt: new Date() };
      past.push(fault);
      report(fault);
    });
    parts.forEach((part) => healing.set(part, healed));
  }
  await Promise.all([...healing.values()]);
  return past;
}

function partsHitBy(kind: FaultKind): string[] {
  if (kind.startsWith('clock-')) return ['order-service', 'delivery-service'];
  if (kind.startsWith('link-')) return ['links'];
  return [
    kind
      .replace(/^[a-z]+-/, '')
      .replace('postgres-disk', 'postgres')
      .replace('queues', 'sqs'),
  ];
}
