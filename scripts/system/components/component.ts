import { type OnSpawn } from '../processes/start-detached';

export const SERVICE_NAMES = ['order-service', 'delivery-service'] as const;
export const INFRASTRUCTURE_NAMES = ['postgres', 'redis', 'sqs'] as const;
export const COMPONENT_NAMES = [...SERVICE_NAMES, ...INFRASTRUCTURE_NAMES] as const;
export type ComponentName = (typeof COMPONENT_NAMES)[number];

/** A part of the system that can be asked how it is, and, if it is ours, started and stopped. */
export interface Component {
  readonly name: ComponentName;
  readonly host: string;
  readonly port: number;
  /**
   * What is wrong with it, as a phrase such as "does not answer"; null when it can be used. A program that answers in its place is not
   * it.
   * @param pid its process; null for one that somebody else runs
   */
  fault(pid: number | null): Promise<string | null>;
  /** null: run by somebody else (Docker, or the operator), who starts and stops it. */
  readonly control: ComponentControl | null;
}

export interface ComponentControl {
  /** @throws OperatorError when something is in the way of a start: the port is taken */
  ensureStartable(): Promise<void>;
  /** Starts it in the background and returns once it can be used; `onSpawn` is told its pid before that. */
  start(onSpawn: OnSpawn): Promise<{ pid: number }>;
  stop(pid: number): Promise<'stopped' | 'killed'>;
}
