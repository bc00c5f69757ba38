import { type OnSpawn } from '../processes/start-detached';

export const SERVICE_NAMES = ['order-service', 'delivery-service'] as const;
export const INFRASTRUCTURE_NAMES = ['postgres', 'redis', 'sqs'] as const;
export const COMPONENT_NAMES = [...SERVICE_NAMES, ...INFRASTRUCTURE_NAMES] as const;
export type ComponentName = (typeof COMPONENT_NAMES)[number];

/** A part of the system whose state can be checked and which, if this copy runs it, can be started and stopped. */
export interface Component {
  readonly name: ComponentName;
  readonly host: string;
  readonly port: number;
  /**
   * The fault as a phrase such as "does not answer"; null when the component is usable. Another program on its port is a fault.
   * @param pid its process; null for a component that this copy does not run
   */
  fault(pid: number | null): Promise<string | null>;
  /** null: Docker or the operator starts and stops it. */
  readonly control: ComponentControl | null;
}

export interface ComponentControl {
  /** @throws OperatorError when it cannot be started because its port is taken */
  ensureStartable(): Promise<void>;
  /** Starts it in the background and returns when it is ready; `onSpawn` receives its pid before that. */
  start(onSpawn: OnSpawn): Promise<{ pid: number }>;
  stop(pid: number): Promise<'stopped' | 'killed'>;
}
