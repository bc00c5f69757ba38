import { type ComponentName } from '../components/component';

/** The components in the order of every report: what others depend on comes first, so that the cause stands above what follows from it. */
export const REPORT_ORDER = [
  'postgres',
  'redis',
  'sqs',
  'order-service',
  'delivery-service',
] as const satisfies readonly ComponentName[];

/**
 * healthy: it works. failed: something is wrong with it, and it counts. affected: nothing is wrong with itself, but it cannot do everything,
 * because something else has failed. stopped: nothing of the copy runs. off: it is not part of this copy. unknown: nothing said how it is.
 */
export type ComponentVerdict = 'healthy' | 'failed' | 'affected' | 'stopped' | 'off' | 'unknown';

/** docs/health-check.schema.json describes it. */
export interface ComponentReport {
  readonly name: ComponentName;
  readonly status: ComponentVerdict;
  /** Where it was asked; null when only others told of it. */
  readonly address: string | null;
  /** What is wrong, or why it is off; null when it is healthy. */
  readonly problem: string | null;
  /** The failed components that it suffers from. */
  readonly because_of: readonly ComponentName[];
  /** A command that helps, for each failed component; null for every other. */
  readonly next_step: string | null;
  /** What an operator should look at although it works. */
  readonly warnings: readonly string[];
}

/** degraded: orders are taken. down: no order can be placed. stopped: nothing of the copy runs. */
export type SystemVerdict = 'healthy' | 'degraded' | 'down' | 'stopped';

/** What `health-check --json` prints; docs/health-check.schema.json describes it. */
export interface HealthReport {
  readonly status: SystemVerdict;
  /** The copy that was asked; null for services elsewhere, and before the first start. */
  readonly instance_id: string | null;
  readonly checked_at: string;
  /** How many components have failed. */
  readonly failures: number;
  /** How many suffer from that. */
  readonly consequences: number;
  /** What to do first; null when all is healthy. */
  readonly next_step: string | null;
  readonly components: readonly ComponentReport[];
}
