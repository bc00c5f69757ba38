import { Router, type Response } from 'express';
import { messageOf } from '../errors';

export interface HealthCheck {
  /** Resolves when the component answers; it must take nothing and change nothing. */
  check: () => Promise<unknown>;
  /** Without a critical component no request can be served; without another the service is only slower or behind. */
  critical: boolean;
}

export type HealthChecks = Readonly<Record<string, HealthCheck>>;

type ComponentHealth = { status: 'up' } | { status: 'down'; error: string };

const CHECK_TIMEOUT_MS = 1_500;

/**
 * `/health/live`: the process turns. `/health/ready`: requests can be served. `/health`: each component on its own; 503 only when
 * a critical one is down, so that an outage of the queue, which orders survive, does not take the service out of rotation.
 */
export function healthRoutes(service: string, checks: HealthChecks): Router {
  const router = Router();
  router.get('/health/live', (_request, response) => send(response, 200, { status: 'up', service }));
  router.get('/health/ready', async (_request, response) => {
    const critical = Object.fromEntries(Object.entries(checks).filter(([, { critical }]) => critical));
    const components = await checkAll(critical);
    const isReady = allUp(components);
    send(response, isReady ? 200 : 503, { status: isReady ? 'up' : 'down', service });
  });
  router.get('/health', async (_request, response) => {
    const components = await checkAll(checks);
    const isServing = Object.entries(checks).every(
      ([name, { critical }]) => !critical || components[name]?.status === 'up',
    );
    const status = allUp(components) ? 'up' : isServing ? 'degraded' : 'down';
    send(response, isServing ? 200 : 503, {
      status,
      service,
      uptime_seconds: Math.floor(process.uptime()),
      components,
    });
  });
  return router;
}

function send(response: Response, status: number, body: object): void {
  response.status(status).set('Cache-Control', 'no-store').json(body);
}

const allUp = (components: Record<string, ComponentHealth>): boolean =>
  Object.values(components).every(({ status }) => status === 'up');

async function checkAll(checks: HealthChecks): Promise<Record<string, ComponentHealth>> {
  const entries = Object.entries(checks).map(
    async ([name, { check }]) => [name, await health(check)] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}

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
