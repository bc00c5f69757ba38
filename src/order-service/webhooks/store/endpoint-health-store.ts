import { preparedByKey, type Transaction } from '../../../shared/postgres/queryable';
import {
  DISABLE_AFTER_DAYS,
  type FailedEndpoint,
  type HealthChange,
  PAUSE_AFTER_FAILURES,
  PAUSE_SECONDS,
} from '../domain/endpoint-health';

/**
 * Counts failures in a row, except those of a URL that the endpoint no longer has, pauses endpoints that reach the limit, and ends the pause of those that have succeeded.
 *
 * @param stretch from 0.8 to 1.2: lengthens or shortens pauses, so that endpoints that failed together are not tested together.
 * @returns the endpoints that have to be disabled.
 */
export async function applyHealthChanges(
  tx: Transaction,
  changes: readonly HealthChange[],
  stretch: number,
): Promise<FailedEndpoint[]> {
  const { rows } = await tx.query<{ endpoint_id: string; is_gone: boolean; health_version: number }>(
    APPLY_HEALTH,
    [
      changes.map(({ endpointId }) => endpointId),
      changes.map(({ hasSucceeded }) => hasSucceeded),
      changes.map(({ failures }) => failures),
      changes.map(({ isGone }) => isGone),
      stretch,
      changes.map(({ endpointVersion }) => endpointVersion),
    ],
  );
  return rows.map((row) => ({
    endpointId: row.endpoint_id,
    reason: row.is_gone ? 'gone' : 'failing',
    healthVersion: row.health_version,
  }));
}

const APPLY_HEALTH = preparedByKey(
  'apply-webhook-health',
  `WITH changes AS MATERIALIZED (
     SELECT endpoint_id, has_succeeded, failures, is_gone, version FROM unnest($1::uuid[], $2::boolean[], $3::int[], $4::boolean[], $6::int[])
            AS c (endpoint_id, has_succeeded, failures, is_gone, version) ORDER BY endpoint_id),
   after AS MATERIALIZED (
     SELECT e.endpoint_id, c.is_gone, c.failures + CASE WHEN c.has_succeeded THEN 0 ELSE e.consecutive_failures END AS failures,
            CASE WHEN c.failures = 0 THEN NULL WHEN c.has_succeeded THEN now() ELSE coalesce(e.failing_since, now()) END AS since
       FROM changes c JOIN webhook_endpoints e ON e.endpoint_id = c.endpoint_id AND c.version >= e.health_version
      ORDER BY e.endpoint_id FOR NO KEY UPDATE OF e),
   changed AS (
     UPDATE webhook_endpoints e
        SET consecutive_failures = a.failures, failing_since = a.since,
            paused_until = CASE WHEN a.failures >= ${PAUSE_AFTER_FAILURES} THEN now() + $5::float8 * greatest(
              make_interval(secs => ${PAUSE_SECONDS.least}), least(now() - a.since, make_interval(secs => ${PAUSE_SECONDS.most}))) END
       FROM after a WHERE e.endpoint_id = a.endpoint_id
     RETURNING e.endpoint_id, e.enabled, a.is_gone, e.failing_since, e.health_version)
   SELECT endpoint_id, is_gone, health_version FROM changed
    WHERE enabled AND (is_gone OR failing_since <= now() - make_interval(days => ${DISABLE_AFTER_DAYS}))`,
);

/** Disables an endpoint and returns its client; null when it was disabled, deleted or given another URL meanwhile. */
export async function disableEndpoint(
  tx: Transaction,
  { endpointId, reason, healthVersion }: FailedEndpoint,
): Promise<string | null> {
  const { rows } = await tx.query<{ client_id: string }>(
    `UPDATE webhook_endpoints
        SET enabled = false, disabled_reason = $2, version = version + 1, updated_at = now()
      WHERE endpoint_id = $1 AND enabled AND health_version = $3
     RETURNING client_id`,
    [endpointId, reason, healthVersion],
  );
  return rows[0]?.client_id ?? null;
}
