import { connect } from 'node:net';

const ANSWER_WITHIN_MS = 2000;
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Whether a PostgreSQL server answers there. It is asked whether it speaks TLS, which needs no login. */
export function postgresAnswers(address: Address): Promise<boolean> {
  return answers(address, SSL_REQUEST, (answer) => answer === 'N' || answer === 'S');
}

/** Whether a Redis server answers there; one that asks for a password counts. */
export function redisAnswers(address: Address): Promise<boolean> {
  return answers(address, 'PING\r\n', (answer) => answer.startsWith('+PONG') || answer.startsWith('-NOAUTH'));
}

/** Whether an HTTP server answers there with anything but a failure of its own. */
export async function httpAnswers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) })).status < 500;
  } catch {
    return false;
  }
}

/** What a service of ours says of itself at a health operation; null when nothing answers there. */
export async function healthAnswer(url: string): Promise<HealthAnswer | null> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    const body = (await answer.json().catch(() => null)) as Record<string, unknown> | null;
    const of = (name: string): string | null => (typeof body?.[name] === 'string' ? body[name] : null);
    return { ok: answer.ok, service: of('service'), instanceId: of('instance_id') };
  } catch {
    return null;
  }
}

export interface HealthAnswer {
  readonly ok: boolean;
  /** null: it is no service of this project. */
  readonly service: string | null;
  readonly instanceId: string | null;
}

function answers(
  { host, port }: Address,
  question: string | Buffer,
  accepts: (answer: string) => boolean,
): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host, () => socket.write(question));
    const end = (result: boolean): void => {
      resolve(result);
      socket.destroy();
    };
    socket.setTimeout(ANSWER_WITHIN_MS, () => end(false));
    socket.once('data', (answer) => end(accepts(answer.toString('latin1'))));
    socket.once('error', () => end(false));
    socket.once('close', () => end(false));
  });
}
