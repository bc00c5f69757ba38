import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { useLocalCredentials } from '../local-credentials';
import { resetConnection } from '../reset-connection';
import { readRequest, writeAnswer, writeError } from './protocol';
import { LostReply, SqsError } from './sqs-error';
import { strictSqs, type StrictSqs } from './strict-sqs';

export interface StrictSqsServer extends StrictSqs {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** The server closes a connection after this idle time, and announces it in its headers. */
const IDLE_MS = 2_000;

/** Serves a {@link StrictSqs} over HTTP on a free loopback port, for the real SDK. */
export async function startStrictSqs(sqs = strictSqs()): Promise<StrictSqsServer> {
  useLocalCredentials();
  const server = createServer((request, response) => void answer(sqs, request, response));
  server.keepAliveTimeout = IDLE_MS;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  sqs.setBaseUrl(endpoint);
  return {
    ...sqs,
    endpoint,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(sqs: StrictSqs, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  try {
    const { action, input } = await readRequest(request);
    writeAnswer(response, await sqs.call(action, input, gone.signal));
  } catch (error) {
    if (error instanceof LostReply) resetConnection(request.socket);
    else
      writeError(
        response,
        error instanceof SqsError ? error : new SqsError('InternalFailure', String(error)),
      );
  }
}
