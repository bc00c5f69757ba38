import { contractFaults } from './contract-check';
import { checkEvent } from './message-check';

export interface ApiResponse {
  status: number;
  headers: Headers;
  /** The unparsed body. */
  text: string;
  // Not typed, because tests often check unexpected bodies.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  body: any;
}

export interface ApiClient {
  token: string;
  get(path: string, headers?: Record<string, string>): Promise<ApiResponse>;
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<ApiResponse>;
  put(path: string, body?: unknown, headers?: Record<string, string>): Promise<ApiResponse>;
}

/** Calls an API over HTTP as a demo client, with a token from its own token endpoint. */
export async function apiClient(baseUrl: string, clientId: string): Promise<ApiClient> {
  const credentials = { grant_type: 'client_credentials', client_id: clientId, client_secret: 'demo-secret' };
  const answer = await send(`${baseUrl}/auth/token`, 'POST', credentials);
  if (answer.status !== 200) throw new Error(`no token for ${clientId}: ${answer.text}`);
  return bearerClient(baseUrl, answer.body.access_token as string);
}

/** Calls an API over HTTP with that token. */
export function bearerClient(baseUrl: string, token: string): ApiClient {
  const authorization = { Authorization: `Bearer ${token}` };
  return {
    token,
    get: (path, headers) => send(baseUrl + path, 'GET', undefined, { ...authorization, ...headers }),
    post: (path, body, headers) => send(baseUrl + path, 'POST', body, { ...authorization, ...headers }),
    put: (path, body, headers) => send(baseUrl + path, 'PUT', body, { ...authorization, ...headers }),
  };
}

/** Sends a request. In every test, an answer that does not conform to the contract is an error. */
export async function send(
  url: string,
  method: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<ApiResponse> {
  const isText = typeof body === 'string';
  const response = await fetch(url, {
    method,
    headers: { ...(body !== undefined && !isText && { 'Content-Type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: isText ? body : JSON.stringify(body) }),
  });
  const contentType = response.headers.get('content-type') ?? '';
  const text = contentType.startsWith('text/event-stream')
    ? await beginningOf(response)
    : await response.text();
  const isJson = /json/.test(contentType) && !contentType.includes('ndjson') && text !== '';
  const faults = contractFaults(method, url, { status: response.status, contentType, text });
  if (faults.length > 0) throw new Error(`the answer breaks the contract: ${faults.join('; ')}\n${text}`);
  const content: unknown = isJson ? JSON.parse(text) : text;
  if (/^(\/v1)?\/events$/.test(new URL(url).pathname) && response.status === 200)
    for (const event of (content as { data: unknown[] }).data) checkEvent(event);
  return { status: response.status, headers: response.headers, text, body: content };
}

/** The first part of a stream that has no end; then the connection is closed. */
async function beginningOf({ body }: Response): Promise<string> {
  if (!body) return '';
  const reader = body.getReader();
  const { value } = await reader.read();
  await reader.cancel();
  return new TextDecoder().decode(value);
}
