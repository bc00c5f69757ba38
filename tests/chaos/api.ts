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
const CONNECTIONS = 128;

/** Sends requests as shops do, each with a token of its own; resolves whatever happens. */
export function orderApi(apiUrl: string): (request: ApiRequest) => Promise<ApiAnswer> {
  const http = httpClient(apiUrl);
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
      const response = await http.request<string>({
        method,
        url: path,
        headers: { ...headers, Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
        ...(body && { data: JSON.stringify(body) }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
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

/** As a client of some size: connections are kept and few, whatever hangs; any status is an answer, any body a text. */
function httpClient(baseURL: string): AxiosInstance {
  return axios.create({
    baseURL,
    // A connection for each call: connections that are kept would all stay with the instance that outlived the other.
    httpAgent: new Agent({ keepAlive: false, maxSockets: CONNECTIONS }),
    proxy: false,
    validateStatus: () => true,
    responseType: 'text',
    transformResponse: (text: string) => text,
  });
}

function causeOf(error: unknown): string {
  const { code, message } = error as { code?: string; message: string };
  return code === 'ERR_CANCELED' ? 'timeout' : (code ?? message);
}
