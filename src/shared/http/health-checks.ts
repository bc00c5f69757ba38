import { type ComponentHealth } from '../contracts/health-resource';
import { HealthWarning, messageOf, PublicHealthError } from '../errors';
import { type Logger } from '../observability/logger';
import { publicReason } from './public-reason';
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
