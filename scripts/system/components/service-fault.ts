import { healthAnswer } from '../infrastructure/answers';

export interface ExpectedService {
  readonly name: string;
  /** Such as http://127.0.0.1:3001. */
  readonly origin: string;
  /** Which copy of the system it must belong to. */
  readonly instanceId: string | null;
}

/** What is wrong with a service of ours; another copy's service on the same port is as bad as none. */
export async function serviceFault({ name, origin, instanceId }: ExpectedService): Promise<string | null> {
  const answer = await healthAnswer(`${origin}/health/ready`);
  if (answer === null) return `does not answer at ${origin}`;
  if (answer.service !== name) return `${origin} is answered by another program`;
  if (answer.instanceId !== instanceId)
    return `${origin} answers as another system (instance ${answer.instanceId ?? 'unknown'})`;
  return answer.ok ? null : 'cannot serve requests; /health names the component that is down';
}
