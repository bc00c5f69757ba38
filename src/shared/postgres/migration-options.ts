import { LOCK_TIMEOUT_MS } from './transaction';

export interface MigrationOptions {
  /** Whether no instance of the previous version runs any more, so that files `after deployment` are applied too. */
  readonly afterDeployment: boolean;
  /** How long an attempt waits for a lock before it is rolled back, in milliseconds. */
  readonly lockTimeoutMs: number;
  /** How long a step waits for its locks in total, in all attempts together, in milliseconds. */
  readonly lockWaitMs: number;
  /** The pause between two batches, in milliseconds. */
  readonly batchPauseMs: number;
  /** The time between two lines about a step that takes long, in milliseconds. Nothing is reported about a shorter step. */
  readonly reportEveryMs: number;
  /** Receives a line about a step that takes long. */
  readonly report: (line: string) => void;
}

/**
 * While an attempt waits for a strong lock, every statement on that table waits behind it. The attempt must end before the lock timeout of
 * the services' statements: otherwise a migration that waits for one long transaction would make them fail.
 */
const MIGRATION_LOCK_TIMEOUT_MS = LOCK_TIMEOUT_MS - 300;

export const DEFAULT_OPTIONS: MigrationOptions = {
  afterDeployment: false,
  lockTimeoutMs: MIGRATION_LOCK_TIMEOUT_MS,
  lockWaitMs: 120_000,
  batchPauseMs: 10,
  reportEveryMs: 5_000,
  report: () => undefined,
};
