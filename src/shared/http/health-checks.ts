import { type ComponentHealth } from '../contracts/health-resource';
import { HealthWarning, messageOf, PublicHealthError } from '../errors';
import { type Logger } from '../observability/logger';
import { withTimeout } from '../runtime/with-timeout';

export interface HealthCheck {
  /**
   * Resolves when the component works; it must end by itself within a second or two. The text of an error goes to the log only, except
   * that of {@link PublicHealthError} and {@link HealthWarning}.
   */
  check: () => Promise<unknown>;
  /** True: without this component no request can be served. False: without it the service is only slower or delayed. */
  critical: boolean;
}

export type HealthChecks = Readonly<Record<string, HealthCheck>>;

/** Reads the health of the named components; by default of all. */
export type ReadHealth = (names?: readonly string[]) => Promise<Record<string, ComponentHealth>>;

interface Entry {
  health: Promise<ComponentHealth>;
  /** Milliseconds since 1970; infinite while the check runs. */
  until: number;
}

const CHECK_TIMEOUT_MS = 1_500;
const MAX_AGE_MS = 1_000;

/** The public reason of a failure, by the code of the error (Node.js, SQLSTATE, Redis, SQS). */
const REASONS: readonly [codes: RegExp, reason: string][] = [
  [/^(ECONNREFUSED|57P0[123])$/, 'it accepts no connections'],
  [/^(ENOTFOUND|EAI_AGAIN)$/, 'its name cannot be resolved'],
  [/^(ETIMEDOUT|ESOCKETTIMEDOUT|ECONNABORTED|TimeoutError|57014)$/, 'no answer in time'],
  [/^(ECONNRESET|EPIPE|UND_ERR_SOCKET|08\w{3})$/, 'the connection was lost'],
  [/^(EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL)$/, 'it cannot be reached'],
  [
    /^(28\w{3}|NOAUTH|WRONGPASS|NOPERM|InvalidClientTokenId|AccessDenied\w*|SignatureDoesNotMatch)$/,
    'it refuses the credentials',
  ],
  [/^53\w{3}$/, 'it is out of resources'],
  [/^(3D000|42P01|\w*(QueueDoesNotExist|NonExistentQueue))$/, 'it lacks a required database, table or queue'],
];

const UNKNOWN = 'it does not work; the log has the reason';

/**
 * Runs the checks for all callers: each at most once at a time, and its result is reused for a second, so that frequent requests do not
 * burden the components. A check has 1.5 s. Its error is logged when the component's health changes.
 */
export function cachedHealth(checks: HealthChecks, logger: Logger): ReadHealth {
  const entries = new WeakMap<HealthCheck, Entry>();
  const lastFaults = new Map<string, string>();

  function logChange(name: string, { health, error }: Outcome): void {
    // Counts and ages in the text change from one check to the next.
    const fault = (health.error ?? health.warning ?? '').replaceAll(/\d+/g, '#');
    const isNew = fault !== (lastFaults.get(name) ?? '');
    lastFaults.set(name, fault);
    if (!isNew) return;
    if (fault === '') logger.info('a component is healthy again', { component: name });
    else logger.warn('a health check failed', { component: name, error: causesOf(error) });
  }

  async function readOne(name: string, check: HealthCheck): Promise<ComponentHealth> {
    const known = entries.get(check);
    if (known && known.until > Date.now()) return known.health;
    const outcome = outcomeOf(check);
    const entry: Entry = { health: outcome.then(({ health }) => health), until: Infinity };
    entries.set(check, entry);
    logChange(name, await outcome);
    entry.until = Date.now() + MAX_AGE_MS;
    return entry.health;
  }

  return async (names = Object.keys(checks)) => {
    const answers = names.flatMap((name) => {
      const check = checks[name];
      return check ? [readOne(name, check).then((health) => [name, health] as const)] : [];
    });
    return Object.fromEntries(await Promise.all(answers));
  };
}

export const allUp = (components: Readonly<Record<string, ComponentHealth>>): boolean =>
  Object.values(components).every(({ status }) => status === 'up');

interface Outcome {
  health: ComponentHealth;
  error?: unknown;
}

async function outcomeOf({ check }: HealthCheck): Promise<Outcome> {
  try {
    await withTimeout(CHECK_TIMEOUT_MS, check(), () => {
      throw new PublicHealthError('no answer in time');
    });
    return { health: { status: 'up' } };
  } catch (error) {
    return { health: healthAfter(error), error };
  }
}

function healthAfter(error: unknown): ComponentHealth {
  if (error instanceof HealthWarning) return { status: 'up', warning: error.message };
  return {
    status: 'down',
    error: error instanceof PublicHealthError ? error.message : publicReason(error),
  };
}

/** The text of an error and of its causes, for the log. */
function causesOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause === undefined ? messageOf(error) : `${messageOf(error)}: ${causesOf(cause)}`;
}

/**
 * The reason of a failure, in a fixed vocabulary: error texts of drivers contain hosts, ports and accounts, which belong in the log only.
 * Uses the codes of an error, of its causes and of the errors that it aggregates, and no texts except those of time limits.
 */
export function publicReason(error: unknown, depth = 0): string {
  if (depth > 5 || typeof error !== 'object' || error === null) return UNKNOWN;
  const { code, name, message, cause, errors } = error as Partial<AggregateError> & { code?: unknown };
  for (const [codes, reason] of REASONS) {
    if ([code, name].some((text) => typeof text === 'string' && codes.test(text))) return reason;
  }
  if (typeof message === 'string' && /time(d )?[ -]?out/i.test(message)) return 'no answer in time';
  const inner = [cause, ...(Array.isArray(errors) ? (errors as unknown[]) : [])];
  return inner.map((one) => publicReason(one, depth + 1)).find((reason) => reason !== UNKNOWN) ?? UNKNOWN;
}
