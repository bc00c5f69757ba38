import { setTimeout as delay } from 'node:timers/promises';
import { type FaultKind } from './fault-kinds';
import { FAULTS } from './faults';
import { type Random } from './random';
import { type Stack } from './stack';

export interface PlannedFault {
  kind: FaultKind;
  /** Milliseconds between the end of the one before and its beginning. */
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

/** Injects one fault after the other until the time is over, each after the one before was healed: so recovery has one cause. */
export async function injectFaults({
  stack,
  planned,
  random,
  overMs,
  report,
}: FaultInjection): Promise<PastFault[]> {
  const past: PastFault[] = [];
  const end = performance.now() + overMs;
  for (const { kind, pause, lasts } of planned) {
    await delay(pause);
    if (performance.now() > end) break;
    const [began, beganAt] = [performance.now(), new Date()];
    const { target, heal } = await FAULTS[kind](stack, random);
    await delay(lasts);
    await heal();
    const fault = { kind, target, began, beganAt, ended: performance.now(), endedAt: new Date() };
    past.push(fault);
    report(fault);
  }
  return past;
}
