import { healthAnswer } from '../infrastructure/answers';

export interface ExpectedService {
  readonly name: string;
  /** Such as http://127.0.0.1:3001. */
  readonly origin: string;
  /** The copy of the system that it must belong to. */
  readonly instanceId: string | null;
}

/** The fault of a service of this copy, or null. Another copy's service on the same port is a fault. */
export async function serviceFault({ name, origin, instanceId }: ExpectedService): Promise<string | null> {
  const answer = await healthAnswer(`${origin}/health/ready`);
  if (answer === null) return `does not answer at ${origin}`;
  if (answer.service !== name) return `${origin} is answered by another program`;
  if (answer.instanceId !== instanceId)
    return `${origin} is answered by another copy of the system (instance ${answer.instanceId ?? 'unknown'})`;
  return answer.ok ? null : 'cannot serve requests; /health names the component that is down';
}
