import { type ComponentHealth } from '../contracts/health-resource';
import { HealthWarning, messageOf, PublicHealthError } from '../errors';
import { type Logger } from '../observability/logger';
import { within } from '../runtime/within';

export interface HealthCheck {
  /**
   * Resolves when the component works; it must finish within a second or two by itself. The text of what it throws goes to the log
   * only, except that of {@link PublicHealthError} and {@link HealthWarning}.
   */
  check: () => Promise<unknown>;
  /** Without a critical component no request can be served; without another the service is only slower or behind. */
  critical: boolean;
}

export type HealthChecks = Readonly<Record<string, HealthCheck>>;

/** The health of some components by name; by default of all. */
export type ReadHealth = (names?: readonly string[]) => Promise<Record<string, ComponentHealth>>;

interface Entry {
  health: Promise<ComponentHealth>;
  /** Milliseconds since 1970; infinite while the check runs. */
  until: number;
}

const CHECK_TIMEOUT_MS = 1_500;
const MAX_AGE_MS = 1_000;

/**
 * Runs the checks for everybody who asks: each at most once at a time, and its outcome counts for a second, so that asking often costs
 * the components nothing. A check has 1.5 s. What it throws is logged when the component's health changes.
 */
export function cachedHealth(checks: HealthChecks, logger: Logger): ReadHealth {
  const entries = new WeakMap<HealthCheck, Entry>();
  const lastFaults = new Map<string, string>();

  function logChange(name: string, { health, error }: Outcome): void {
    // Counts and ages in it change from one check to the next.
    const fault = (health.error ?? health.warning ?? '').replaceAll(/\d+/g, '#');
    const isNew = fault !== (lastFaults.get(name) ?? '');
    lastFaults.set(name, fault);
    if (!isNew) return;
    if (fault === '') logger.info('a component is healthy again', { component: name });
    else logger.warn('a health check failed', { component: name, error: causesOf(error) });
  }

  async function ask(name: string, check: HealthCheck): Promise<ComponentHealth> {
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
      return check ? [ask(name, check).then((health) => [name, health] as const)] : [];
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
    await within(CHECK_TIMEOUT_MS, check(), () => {
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

/** For the log: the text of an error and of what caused it. */
function causesOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause === undefined ? messageOf(error) : `${messageOf(error)}: ${causesOf(cause)}`;
}

/** What may be said to anybody about a failure, by the code of the error (Node.js, SQLSTATE, Redis, SQS). */
const REASONS: readonly [codes: RegExp, reason: string][] = [
  [/^(ECONNREFUSED|57P0[123])$/, 'it takes no connections'],
  [/^(ENOTFOUND|EAI_AGAIN)$/, 'its name cannot be resolved'],
  [/^(ETIMEDOUT|ESOCKETTIMEDOUT|ECONNABORTED|TimeoutError|57014)$/, 'no answer in time'],
  [/^(ECONNRESET|EPIPE|08\w{3})$/, 'the connection was lost'],
  [/^(EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL)$/, 'it cannot be reached'],
  [
    /^(28\w{3}|NOAUTH|WRONGPASS|NOPERM|InvalidClientTokenId|AccessDenied\w*|SignatureDoesNotMatch)$/,
    'it refuses the credentials',
  ],
  [/^53\w{3}$/, 'it is out of resources'],
  [
    /^(3D000|42P01|\w*(QueueDoesNotExist|NonExistentQueue))$/,
    'something that is needed does not exist in it',
  ],
];

const OTHERWISE = 'it does not work; the log says why';

/**
 * Why something failed, in a fixed vocabulary: error texts of drivers name hosts, ports and accounts, which are for the log only. Looks at
 * the codes of an error, of its causes and of the errors that it is made of, and never at texts, except those of time limits.
 */
export function publicReason(error: unknown, depth = 0): string {
  if (depth > 5 || typeof error !== 'object' || error === null) return OTHERWISE;
  const { code, name, message, cause, errors } = error as Partial<AggregateError> & { code?: unknown };
  for (const [codes, reason] of REASONS) {
    if ([code, name].some((text) => typeof text === 'string' && codes.test(text))) return reason;
  }
  if (typeof message === 'string' && /time(d )?[ -]?out/i.test(message)) return 'no answer in time';
  const inner = [cause, ...(Array.isArray(errors) ? (errors as unknown[]) : [])];
  return inner.map((one) => publicReason(one, depth + 1)).find((reason) => reason !== OTHERWISE) ?? OTHERWISE;
}
