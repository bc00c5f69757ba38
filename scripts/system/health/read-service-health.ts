import { healthResource, probeResource } from '../../../src/shared/contracts/health-resource';
import { publicReason } from '../../../src/shared/http/health-checks';

/** The health report of a service. */
export interface ServiceHealth {
  /** degraded: every request is served. down: none is. */
  readonly status: 'up' | 'degraded' | 'down';
  readonly components: Readonly<Record<string, { status: 'up' | 'down'; error?: string; warning?: string }>>;
}

export type ServiceAnswer =
  | { readonly kind: 'silent'; readonly reason: string }
  /** The answer is not from the service of that name. */
  | { readonly kind: 'stranger' }
  | { readonly kind: 'service'; readonly instanceId: string | null; readonly health: ServiceHealth };

/** Longer than the 1.5 s that a service waits for a component. */
const ANSWER_WITHIN_MS = 5_000;

/**
 * Reads the health of a service and its dependencies. If the service refuses details (quota used up), only its overall status is known.
 *
 * @param url where it is, such as http://127.0.0.1:3001
 */
export async function readServiceHealth(url: string, name: string): Promise<ServiceAnswer> {
  try {
    const health = healthResource.safeParse(await bodyOf(`${url}/health`)).data;
    if (health?.service === name) return answerOf(health.instance_id, health);
    const probe = probeResource.safeParse(await bodyOf(`${url}/health/ready`)).data;
    if (probe?.service !== name) return { kind: 'stranger' };
    return answerOf(probe.instance_id, { status: probe.status, components: {} });
  } catch (error) {
    return { kind: 'silent', reason: publicReason(error) };
  }
}

function answerOf(instanceId: string | undefined, health: unknown): ServiceAnswer {
  return { kind: 'service', instanceId: instanceId ?? null, health: health as ServiceHealth };
}

async function bodyOf(url: string): Promise<unknown> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS), redirect: 'error' });
  const text = await answer.text();
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
