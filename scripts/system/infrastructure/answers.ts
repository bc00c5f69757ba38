import { connect } from 'node:net';
import { publicReason } from '../../../src/shared/http/health-checks';

const ANSWER_WITHIN_MS = 2000;
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Why no PostgreSQL server answers at the address; null when it does. Sends an SSLRequest, which needs no login. */
export function postgresFault(address: Address): Promise<string | null> {
  return silence(address, SSL_REQUEST, (answer) => answer === 'N' || answer === 'S');
}

/** Why no Redis server answers at the address; null when it does. A demand for a password counts as an answer. */
export function redisFault(address: Address): Promise<string | null> {
  return silence(address, 'PING\r\n', (answer) => answer.startsWith('+PONG') || answer.startsWith('-NOAUTH'));
}

/** Why no HTTP server answers with a status other than 5xx; null when one does. */
export async function httpFault(url: string): Promise<string | null> {
  try {
    const { status } = await fetch(url, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    return status < 500 ? null : `it answers with the status ${String(status)}`;
  } catch (error) {
    return publicReason(error);
  }
}

export const postgresAnswers = async (address: Address): Promise<boolean> =>
  (await postgresFault(address)) === null;

export const redisAnswers = async (address: Address): Promise<boolean> =>
  (await redisFault(address)) === null;

export const httpAnswers = async (url: string): Promise<boolean> => (await httpFault(url)) === null;

/** The answer of a service at a health operation; null when there is none. */
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
  /** null: not a service of this project. */
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
