import { setTimeout as delay } from 'node:timers/promises';
import { isRetryable, messageOf } from '../errors';
import { type Logger } from '../observability/logger';
import { type Component } from '../runtime/lifecycle';
import { type Queryable } from './queryable';
import { requireMigrated, type ServiceSchema } from './require-migrated';

const ASKED_AGAIN_AFTER_MS = 250;

/** SQLSTATE of "insufficient privilege". */
const NOT_PERMITTED = '42501';

/**
 * A condition of the start: the database has the tables that this version needs. While the database does not answer, the service runs, and
 * answers requests with 503; the condition is checked as soon as it does answer.
 */
export function schemaCheck(db: Queryable, expected: ServiceSchema, logger: Logger): Component {
  const stopping = new AbortController();
  let fail: (reason: Error) => void = () => undefined;
  const failure = new Promise<Error>((resolve) => (fail = resolve));
  let waiting: Promise<void> = Promise.resolve();

  async function untilChecked(): Promise<void> {
    for (let isDecided = false; !isDecided && !stopping.signal.aborted;) {
      await delay(ASKED_AGAIN_AFTER_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
      isDecided = await isChecked(db, expected, logger);
    }
  }

  return {
    name: 'schema check',
    isCondition: true,
    failure,
    async start() {
      if (await isChecked(db, expected, logger)) return;
      waiting = untilChecked().catch((error: unknown) => {
        if (!stopping.signal.aborted) fail(error as Error);
      });
    },
    async stop() {
      stopping.abort();
      await waiting;
    },
  };
}

/**
 * @returns false while the database does not answer.
 * @throws Error when the condition does not hold.
 */
async function isChecked(db: Queryable, expected: ServiceSchema, logger: Logger): Promise<boolean> {
  try {
    const unknown = await requireMigrated(db, expected);
    if (unknown.length > 0)
      logger.warn(`the database is newer than this version of ${expected.service}`, {
        unknown_migrations: unknown,
      });
    return true;
  } catch (error) {
    if (isRetryable(error)) return false;
    if ((error as { code?: string }).code !== NOT_PERMITTED) throw error;
    logger.warn('the role may not read schema_migrations, so the version of the tables is not checked', {
      error: messageOf(error),
    });
    return true;
  }
}
