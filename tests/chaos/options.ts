import { parseArgs } from 'node:util';
import { FAULT_KINDS, type FaultKind } from './fault-kinds';

/** Ways to break the system's guarantees on purpose, so that the harness can show that it would notice. */
export const SABOTAGES = ['no-inbox', 'mark-before-send', 'position-cursor', 'no-stock-lock'] as const;
export type Sabotage = (typeof SABOTAGES)[number];

export interface ChaosOptions {
  seed: number;
  orders: number;
  minutes: number;
  only: readonly FaultKind[];
  reconcileAfterSeconds: number;
  sabotage: Sabotage | null;
  /** Keep the logs of a clean run too. */
  keep: boolean;
}

export const USAGE = `usage: npm run chaos -- [options]
  --seed N              of the schedule and of the load (1)
  --orders N            how many are placed (2000)
  --minutes N           for how long faults are injected (2)
  --only KIND,KIND      of: ${FAULT_KINDS.join(' ')}
  --reconcile-after S   RECONCILE_AFTER_SECONDS of the services (10)
  --sabotage NAME       break a guarantee on purpose, without the net of repair: ${SABOTAGES.join(' ')}
  --keep                keep the logs of a clean run`;

/** @throws Error with one line that names the option. */
export function readOptions(args: string[]): ChaosOptions {
  const { values } = parseArgs({
    args,
    options: {
      seed: { type: 'string', default: '1' },
      orders: { type: 'string', default: '2000' },
      minutes: { type: 'string', default: '2' },
      only: { type: 'string', default: FAULT_KINDS.join(',') },
      'reconcile-after': { type: 'string', default: '10' },
      sabotage: { type: 'string' },
      keep: { type: 'boolean', default: false },
    },
  });
  return {
    seed: positive('seed', values.seed),
    orders: positive('orders', values.orders),
    minutes: positive('minutes', values.minutes),
    only: values.only.split(',').map((kind) => oneOf('only', FAULT_KINDS, kind)),
    reconcileAfterSeconds: positive('reconcile-after', values['reconcile-after']),
    sabotage: values.sabotage === undefined ? null : oneOf('sabotage', SABOTAGES, values.sabotage),
    keep: values.keep,
  };
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`--${option} must be a number above 0, not "${text}"`);
  return value;
}

function oneOf<T extends string>(option: string, known: readonly T[], text: string): T {
  const found = known.find((one) => one === text);
  if (!found) throw new Error(`--${option} knows ${known.join(', ')}; not "${text}"`);
  return found;
}
