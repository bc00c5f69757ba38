import { Agent } from 'node:http';
import axios, { type AxiosInstance } from 'axios';

export interface ApiRequest {
  method: string;
  path: string;
  /** The shop that asks. */
  client: string;
  body?: object | undefined;
  headers?: Record<string, string>;
}

export interface ApiAnswer {
  /** The HTTP status, or what broke the connection. */
  status: string;
  text: string;
  /** The answer says that it was given before. */
  isReplayed: boolean;
}

const TIMEOUT_MS = 5_000;
/** Of all shops together, without those that ask for a token. */
const CONNECTIONS = 128;

/** Sends requests as shops do, each with a token of its own; resolves whatever happens, and at the latest after `timeoutMs`. */
export function orderApi(
  apiUrl: string,
  timeoutMs: number = TIMEOUT_MS,
): (request: ApiRequest) => Promise<ApiAnswer> {
  const http = httpClient(apiUrl);
  const inTurn = turns(CONNECTIONS);
  const tokens = new Map<string, Promise<string>>();

  /** One request for a token at a time, however many orders wait for it: else they would wait for each other for ever. */
  function tokenOf(client: string): Promise<string> {
    const token = tokens.get(client) ?? newToken(http, client);
    tokens.set(client, token);
    token.catch(() => tokens.delete(client));
    return token;
  }

  return async ({ method, path, client, body, headers }) => {
    try {
      const token = await tokenOf(client);
      const response = await inTurn(() =>
        http.request<string>({
          method,
          url: path,
          headers: { ...headers, Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
          ...(body && { data: JSON.stringify(body) }),
          signal: AbortSignal.timeout(timeoutMs),
        }),
      );
      if (response.status === 401) tokens.delete(client);
      const isReplayed = response.headers['idempotency-replayed'] === 'true';
      return { status: String(response.status), text: response.data, isReplayed };
    } catch (error) {
      return { status: causeOf(error), text: '', isReplayed: false };
    }
  };
}

async function newToken(http: AxiosInstance, client: string): Promise<string> {
  const response = await http.request<string>({
    method: 'POST',
    url: '/auth/token',
    data: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: client,
      client_secret: 'demo-secret',
    }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (response.status !== 200) throw new Error(`no token: ${String(response.status)}`);
  return (JSON.parse(response.data) as { access_token: string }).access_token;
}

/** Any status is an answer, any body a text. */
function httpClient(baseURL: string): AxiosInstance {
  return axios.create({
    baseURL,
    // A connection for each call: connections that are kept would all stay with the instance that outlived the other.
    httpAgent: new Agent({ keepAlive: false }),
    proxy: false,
    validateStatus: () => true,
    responseType: 'text',
    transformResponse: (text: string) => text,
  });
}

/**
 * Lets so many work at a time, first come first served. The time that an answer may take begins with the turn: were waiting part of it, a
 * line longer than that would time out from end to end, for ever.
 */
function turns(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  let working = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (working >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    else working += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else working -= 1;
    }
  };
}

function causeOf(error: unknown): string {
  const { code, message } = error as { code?: string; message: string };
  return code === 'ERR_CANCELED' ? 'timeout' : (code ?? message);
}
