import { type ComponentHealth } from '../contracts/health-resource';
import { messageOf } from '../errors';

export interface HealthCheck {
  /** Resolves when the component answers; it must take nothing and change nothing. */
  check: () => Promise<unknown>;
  /** Without a critical component no request can be served; without another the service is only slower or behind. */
  critical: boolean;
}

export type HealthChecks = Readonly<Record<string, HealthCheck>>;

const CHECK_TIMEOUT_MS = 1_500;

/** Asks every component at once; each has 1.5 s to answer. */
export async function checkAll(checks: HealthChecks): Promise<Record<string, ComponentHealth>> {
  const entries = Object.entries(checks).map(
    async ([name, { check }]) => [name, await health(check)] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}

export const allUp = (components: Readonly<Record<string, ComponentHealth>>): boolean =>
  Object.values(components).every(({ status }) => status === 'up');

async function health(check: () => Promise<unknown>): Promise<ComponentHealth> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${CHECK_TIMEOUT_MS} ms`)), CHECK_TIMEOUT_MS);
  });
  try {
    await Promise.race([check(), late]);
    return { status: 'up' };
  } catch (error) {
    return { status: 'down', error: messageOf(error) };
  } finally {
    clearTimeout(timer);
  }
}
