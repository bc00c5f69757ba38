import {
  clientCredentials,
  createOrderServiceClient,
  type Credentials,
  type OrderServiceClient,
} from '../../../client/api-client';
import { LIVE_QUEUES } from '../../../src/shared/contracts/queues';
import { messageOf } from '../../../src/shared/errors';
import { serviceFault } from '../components/service-fault';
import { serviceOrigin } from '../components/service-origin';
import { readArguments } from '../dead-letters/arguments';
import { deadLetterTable, queueTable } from '../dead-letters/tables';
import { agreedSettings, isStarted, settingsInForce } from '../instance/settings-in-force';
import { OperatorError } from '../operator-error';
import { type Settings } from '../settings';
import { commandLine, report } from '../terminal';

/** The API's maximum per request. */
const MOST_SHOWN = 100;
const QUEUE_WIDTH = Math.max(...LIVE_QUEUES.map(({ length }) => length));
const ANSWERS_WITHIN_MS = 3_000;

/**
 * Lists, redrives or drops dead letters through the API of the Order Service, as the client CLIENT_ID with CLIENT_SECRET.
 *
 * @returns 1 if a message failed or was skipped
 */
export async function deadLetters(settings: Settings, args: readonly string[]): Promise<number> {
  const { action, queues, ids } = readArguments(args);
  const api = await connect(settings);
  if (action === 'list') return list(api, queues);
  const isDone = [];
  for (const queue of queues)
    isDone.push(await (action === 'redrive' ? redrive(api, queue, ids) : drop(api, queue, ids)));
  return isDone.every(Boolean) ? 0 : 1;
}

async function list(api: OrderServiceClient, names: readonly string[]): Promise<number> {
  const { data } = await answerOf(api.GET('/queues'));
  const queues = data.filter(({ name }) => names.includes(name));
  for (const line of queueTable(queues)) console.log(line);
  for (const { name, dead_letters: count } of queues.filter((queue) => queue.dead_letters > 0)) {
    const { data: shown } = await answerOf(
      api.GET('/queues/{name}/dead-letters', { params: { path: { name }, query: { limit: MOST_SHOWN } } }),
    );
    console.log(`\n${name}: ${String(shown.length)} of ${String(count)} dead letters`);
    for (const line of deadLetterTable(shown)) console.log(line);
  }
  return 0;
}

async function redrive(
  api: OrderServiceClient,
  name: string,
  ids: readonly string[] | null,
): Promise<boolean> {
  const { redriven, failed, skipped } = await answerOf(
    api.POST('/queues/{name}/redrive', {
      params: { path: { name } },
      body: ids === null ? {} : { message_ids: [...ids] },
    }),
  );
  return reportCounts(name, redriven, 'redriven', failed, skipped);
}

async function drop(api: OrderServiceClient, name: string, ids: readonly string[] | null): Promise<boolean> {
  const query = ids === null ? { all: 'true' as const } : { message_id: [...ids] };
  const { dropped, failed, skipped } = await answerOf(
    api.DELETE('/queues/{name}/dead-letters', { params: { path: { name }, query } }),
  );
  return reportCounts(name, dropped, 'dropped', failed, skipped);
}

function reportCounts(queue: string, done: number, what: string, failed: number, skipped: number): boolean {
  report(
    queue.padEnd(QUEUE_WIDTH),
    `  ${String(done)} ${what}, ${String(failed)} failed, ${String(skipped)} skipped`,
  );
  return failed + skipped === 0;
}

async function connect(given: Settings): Promise<OrderServiceClient> {
  const named = elsewhere(given);
  const settings = named === undefined ? agreedSettings(given) : settingsInForce(given);
  const baseUrl = named ?? (await ownOrderService(settings));
  const token = clientCredentials(baseUrl, credentials(settings, named));
  if (!(await isServing(baseUrl)))
    throw new OperatorError(`The Order Service does not answer at ${baseUrl}.`);
  try {
    await token();
  } catch (cause) {
    throw new OperatorError(`${messageOf(cause)}: set CLIENT_ID and CLIENT_SECRET.`);
  }
  return createOrderServiceClient({ baseUrl, token });
}

/**
 * The credentials default to the demo operator only for this copy; for another system that would be guessing a secret.
 * @param named URL of an Order Service other than that of this copy
 */
function credentials({ environment, infra }: Settings, named: string | undefined): Credentials {
  const { CLIENT_ID: clientId, CLIENT_SECRET: clientSecret } = environment;
  const isOurs = infra !== 'external' && (named === undefined || isNearby(named));
  if (!isOurs && (clientId === undefined || clientSecret === undefined))
    throw new OperatorError('Set CLIENT_ID and CLIENT_SECRET to a client with the scope ops:manage.');
  return { clientId: clientId ?? 'demo-operator', clientSecret: clientSecret ?? 'demo-secret' };
}

/**
 * The URL of another Order Service that the operator names. While this copy runs, only the shell can name one. A loopback address in
 * `.env` always means the service of this copy.
 */
function elsewhere(given: Settings): string | undefined {
  const { ownEnvironment, environment } = given;
  const named = environment['ORDER_SERVICE_URL'];
  const isOfFile = named !== undefined && !isNearby(named) && !isStarted(given);
  return ownEnvironment['ORDER_SERVICE_URL'] || (isOfFile ? named : undefined);
}

const isNearby = (url: string): boolean =>
  URL.canParse(url) && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(url).hostname);

/** @throws OperatorError when the Order Service of this copy does not answer, or another system answers in its place */
async function ownOrderService(settings: Settings): Promise<string> {
  const { instanceId, environment } = settings;
  if (instanceId === null && environment['ORDER_SERVICE_PORT'] === undefined)
    throw new OperatorError(
      `This copy of the system is not up: start it with ${commandLine('up')}, or set ORDER_SERVICE_URL.`,
    );
  const origin = serviceOrigin(settings);
  const fault = await serviceFault({ name: 'order-service', origin, instanceId });
  if (fault !== null) throw new OperatorError(`The Order Service of this copy cannot be used: ${fault}.`);
  return origin;
}

const isServing = (baseUrl: string): Promise<boolean> =>
  fetch(`${baseUrl}/health/live`, { signal: AbortSignal.timeout(ANSWERS_WITHIN_MS) }).then(
    ({ ok }) => ok,
    () => false,
  );

/** @throws OperatorError with the code and detail of the service's error */
async function answerOf<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await call.catch((cause: unknown) => {
    throw new OperatorError(`The Order Service stopped answering: ${messageOf(cause)}.`);
  });
  if (data !== undefined) return data;
  const { code, detail } = (error ?? {}) as { code?: string; detail?: string };
  throw new OperatorError(
    `The Order Service refused the request: ${code ?? String(response.status)}, ${detail ?? response.statusText}.`,
  );
}
