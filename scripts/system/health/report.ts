import { type ComponentName } from '../components/component';

/** The components in report order: dependencies first, so that causes stand above consequences. */
export const REPORT_ORDER = [
  'postgres',
  'redis',
  'sqs',
  'order-service',
  'delivery-service',
] as const satisfies readonly ComponentName[];

/**
 * healthy: it works. failed: it has a fault of its own. affected: it is restricted because another component has failed. stopped: the copy
 * does not run. off: it is not part of this copy. unknown: it was not checked and no service reported it.
 */
export type ComponentVerdict = 'healthy' | 'failed' | 'affected' | 'stopped' | 'off' | 'unknown';

/** docs/health-check.schema.json describes it. */
export interface ComponentReport {
  readonly name: ComponentName;
  readonly status: ComponentVerdict;
  /** The address that was checked; null when only services reported it. */
  readonly address: string | null;
  /** The fault, or why it is off; null when it is healthy. */
  readonly problem: string | null;
  /** The failed components that affect it. */
  readonly because_of: readonly ComponentName[];
  /** For a failed component, the command to run next; otherwise null. */
  readonly next_step: string | null;
  /** Problems to look at although the component works. */
  readonly warnings: readonly string[];
}

/** degraded: orders are taken. down: no order can be placed. stopped: nothing of the copy runs. */
export type SystemVerdict = 'healthy' | 'degraded' | 'down' | 'stopped';

/** What `health-check --json` prints; docs/health-check.schema.json describes it. */
export interface HealthReport {
  readonly status: SystemVerdict;
  /** The copy that was checked; null for services elsewhere, and before the first start. */
  readonly instance_id: string | null;
  readonly checked_at: string;
  /** Number of failed components. */
  readonly failures: number;
  /** Number of affected components. */
  readonly consequences: number;
  /** The first command to run; null when all is healthy. */
  readonly next_step: string | null;
  readonly components: readonly ComponentReport[];
}
