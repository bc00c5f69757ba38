import { type OnSpawn } from '../processes/start-detached';

export type ComponentName = 'order-service' | 'delivery-service' | 'postgres' | 'redis' | 'sqs';

/** A part of the system that can be asked how it is, and, if it is ours, started and stopped. */
export interface Component {
  readonly name: ComponentName;
  readonly host: string;
  readonly port: number;
  isHealthy(): Promise<boolean>;
  /** null: run by somebody else (Docker, or the operator), who starts and stops it. */
  readonly control: ComponentControl | null;
}

export interface ComponentControl {
  /** @throws OperatorError when something is in the way of a start: the port is taken, a program is missing */
  ensureStartable(): Promise<void>;
  /** Starts it in the background and returns once it can be used; `onSpawn` is told its pid before that. */
  start(onSpawn: OnSpawn): Promise<{ pid: number }>;
  stop(pid: number): Promise<'stopped' | 'killed'>;
}
