import { type Response } from 'express';
import { healthResource, probeResource } from '../contracts/health-resource';
import { type Logger } from '../observability/logger';
import { allUp, cachedHealth, type HealthChecks, type ReadHealth } from './health-checks';
import { jsonResponse, operation, type Operation } from './operation';

export const HEALTH_TAG = { name: 'health', description: 'Probes for operators and orchestrators.' };

const COMMON = { method: 'get', tag: HEALTH_TAG.name, access: 'public' } as const;
/** Probes are never counted: an orchestrator whose probe is refused would restart the service. */
const PROBE = { ...COMMON, quota: 'none' } as const;

/**
 * `/health/live`: the process runs. `/health/ready`: requests can be served. `/health`: the state of each component; 503 only when a
 * critical one is down, so that an outage of the queue, which orders survive, does not take the service out of rotation.
 */
export function healthOperations(
  service: string,
  checks: HealthChecks,
  logger: Logger,
  instanceId?: string,
): Operation[] {
  const identity: Identity = { service, ...(instanceId !== undefined && { instance_id: instanceId }) };
  const readHealth = cachedHealth(checks, logger);
  return [
    healthOperation(identity, checks, readHealth),
    readyOperation(identity, checks, readHealth),
    liveOperation(identity),
  ];
}

/** The service and the installation that answer; part of every answer of a probe. */
interface Identity {
  service: string;
  instance_id?: string;
}

function healthOperation(identity: Identity, checks: HealthChecks, readHealth: ReadHealth): Operation {
  const components = Object.fromEntries(Object.keys(checks).map((name) => [name, { status: 'up' as const }]));
  const example = { status: 'up', ...identity, uptime_seconds: 1_320, components };
  return operation({
    ...COMMON,
    id: 'getHealth',
    path: '/health',
    summary: 'Read the health of each component',
    description:
      '`degraded` (200): a component is down that is not needed to serve requests. `down` (503): no request can be served. A component can be ' +
      'up with a `warning`, which does not change the status. Each component is checked at most once per second.',
    responses: {
      200: jsonResponse('requests are served', healthResource, example),
      503: jsonResponse('no request can be served', healthResource, { ...example, status: 'down' }),
    },
    async handle({ response }) {
      const components = await readHealth();
      const isServing = Object.entries(checks).every(
        ([name, { critical }]) => !critical || components[name]?.status === 'up',
      );
      const status = allUp(components) ? 'up' : isServing ? 'degraded' : 'down';
      const uptime = Math.floor(process.uptime());
      send(response, isServing ? 200 : 503, { status, ...identity, uptime_seconds: uptime, components });
    },
  });
}

function readyOperation(identity: Identity, checks: HealthChecks, readHealth: ReadHealth): Operation {
  return operation({
    ...PROBE,
    id: 'getReadiness',
    path: '/health/ready',
    summary: 'Check whether requests can be served',
    description: 'Checks only the components that every request needs.',
    responses: {
      200: jsonResponse('requests can be served', probeResource, { status: 'up', ...identity }),
      503: jsonResponse('no request can be served', probeResource, { status: 'down', ...identity }),
    },
    async handle({ response }) {
      const critical = Object.keys(checks).filter((name) => checks[name]?.critical);
      const isReady = allUp(await readHealth(critical));
      send(response, isReady ? 200 : 503, { status: isReady ? 'up' : 'down', ...identity });
    },
  });
}

function liveOperation(identity: Identity): Operation {
  return operation({
    ...PROBE,
    id: 'getLiveness',
    path: '/health/live',
    summary: 'Check whether the process is running',
    description: 'Checks no component.',
    responses: { 200: jsonResponse('the process is running', probeResource, { status: 'up', ...identity }) },
    handle({ response }) {
      send(response, 200, { status: 'up', ...identity });
    },
  });
}

function send(response: Response, status: number, body: object): void {
  response.status(status).set('Cache-Control', 'no-store').json(body);
}
