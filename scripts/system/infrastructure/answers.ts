import { connect } from 'node:net';
import { publicReason } from '../../../src/shared/http/health-checks';

const ANSWER_WITHIN_MS = 2000;
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Why a PostgreSQL server does not answer there; null when it does. It is asked whether it speaks TLS, which needs no login. */
export function postgresSilence(address: Address): Promise<string | null> {
  return silence(address, SSL_REQUEST, (answer) => answer === 'N' || answer === 'S');
}

/** Why a Redis server does not answer there; null when it does. One that asks for a password answers. */
export function redisSilence(address: Address): Promise<string | null> {
  return silence(address, 'PING\r\n', (answer) => answer.startsWith('+PONG') || answer.startsWith('-NOAUTH'));
}

/** Why no HTTP server answers there with anything but a failure of its own; null when one does. */
export async function httpSilence(url: string): Promise<string | null> {
  try {
    const { status } = await fetch(url, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    return status < 500 ? null : `it answers with the status ${String(status)}`;
  } catch (error) {
    return publicReason(error);
  }
}

export const postgresAnswers = async (address: Address): Promise<boolean> =>
  (await postgresSilence(address)) === null;

export const redisAnswers = async (address: Address): Promise<boolean> =>
  (await redisSilence(address)) === null;

export const httpAnswers = async (url: string): Promise<boolean> => (await httpSilence(url)) === null;

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

const STRANGER = 'another kind of server answers';

function silence(
  { host, port }: Address,
  question: string | Buffer,
  accepts: (answer: string) => boolean,
): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect(port, host, () => socket.write(question));
    const end = (reason: string | null): void => {
      resolve(reason);
      socket.destroy();
    };
    socket.setTimeout(ANSWER_WITHIN_MS, () => end('no answer in time'));
    socket.once('data', (answer) => end(accepts(answer.toString('latin1')) ? null : STRANGER));
    socket.once('error', (error) => end(publicReason(error)));
    socket.once('close', () => end('the connection was lost'));
  });
}
