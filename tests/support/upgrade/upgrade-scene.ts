import { createEmptyDatabase } from '../databases';
import { SHORT_LEASES, testEnvironment } from '../environment';
import { rowsOf } from '../rows';
import { type Environment, migrateBoth, type Release } from './release';

/**
 * The environment of both releases, with databases that the given release has created. Without the reconciler, which would send again a
 * message that the upgrade had lost. Statements get more time than usual, because the tests use all of a machine; the lock timeout stays.
 * One in eight parcels that leave comes back.
 */
export async function upgradeEnvironment(
  release: Release,
  variables: Environment = {},
): Promise<Environment> {
  const environment = await testEnvironment({
    ...SHORT_LEASES,
    LOG_LEVEL: 'warn',
    SIMULATED_STEP_MS: '300',
    SIMULATED_FAILURE_RATE: '0.5',
    RETURNS_RESTOCK: 'false',
    QUEUE_CONSUMER_POLLERS: '2',
    RECONCILE_AFTER_SECONDS: '3600',
    DATABASE_QUERY_TIMEOUT_MS: '10000',
    DATABASE_CONNECT_TIMEOUT_MS: '10000',
    SEED_DEMO_CLIENTS: 'true',
    ORDER_DATABASE_URL: await createEmptyDatabase(),
    DELIVERY_DATABASE_URL: await createEmptyDatabase(),
    ...variables,
  });
  await migrateBoth(release, environment);
  return environment;
}

export const databasesOf = (environment: Environment): readonly [orders: string, deliveries: string] => [
  environment['ORDER_DATABASE_URL']!,
  environment['DELIVERY_DATABASE_URL']!,
];

/** Whether returned orders put their units back in a system with this environment. */
export const restocksReturns = (environment: Environment): boolean =>
  environment['RETURNS_RESTOCK'] === 'true';

/** Of the events that are sent: how many there are, and how many wait. */
export async function backlogOf(environment: Environment): Promise<{ sent: number; waiting: number }> {
  const counts = await Promise.all(
    databasesOf(environment).map(async (url) => {
      const [row] = await rowsOf<{ sent: number; waiting: number }>(
        url,
        `SELECT waiting, waiting + (SELECT count(*)::int FROM publications) AS sent
           FROM (SELECT count(*)::int AS waiting FROM outbox) AS o`,
      );
      return row!;
    }),
  );
  return {
    sent: counts.reduce((sum, { sent }) => sum + sent, 0),
    waiting: counts.reduce((sum, { waiting }) => sum + waiting, 0),
  };
}
