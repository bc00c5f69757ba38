import { once } from 'node:events';
import { type IncomingMessage } from 'node:http';
import { type ClientOptions, WebSocket } from 'ws';
import { type ClientMessage, type ServerMessage } from '../../src/shared/contracts/websocket-messages';
import { type AnyEvent } from './any-event';
import { eventually } from './eventually';
import { checkMessage } from './message-check';

/** A message of the server; its event has the members of every subject. */
type Received<K extends ServerMessage['kind']> = K extends 'event'
  ? Omit<ServerMessage & { kind: K }, 'event'> & { event: AnyEvent }
  : ServerMessage & { kind: K };

export interface WebSocketClient {
  readonly socket: WebSocket;
  /** All messages of the server, in order. */
  readonly messages: ServerMessage[];
  send(message: ClientMessage | Record<string, unknown> | string): void;
  /** The first message of a kind, of that subscription if it is named, that was not returned before. */
  next<K extends ServerMessage['kind']>(kind: K, id?: string): Promise<Received<K>>;
  /** The code and the reason with which the connection is closed. */
  closed(): Promise<{ code: number; reason: string }>;
}

export interface WebSocketRequest extends ClientOptions {
  token?: string;
  protocols?: string[];
}

/** Opens a WebSocket, which must succeed. A message that does not conform to the contract fails the test. */
export async function openWebSocket(url: string, request: WebSocketRequest = {}): Promise<WebSocketClient> {
  const socket = webSocket(url, request);
  const messages: ServerMessage[] = [];
  const returned = new Set<ServerMessage>();
  let ended: { code: number; reason: string } | null = null;
  socket.on('message', (data: Buffer) => {
    const message = JSON.parse(data.toString()) as ServerMessage;
    checkMessage(message.kind, message);
    messages.push(message);
  });
  socket.on('close', (code, reason) => (ended = { code, reason: reason.toString() }));
  await once(socket, 'open');
  socket.on('error', () => undefined);
  return {
    socket,
    messages,
    send: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    next: (kind, id) =>
      eventually(() => {
        const found = messages.find(
          (message) =>
            message.kind === kind &&
            !returned.has(message) &&
            (id === undefined || ('id' in message && message.id === id)),
        );
        if (!found) throw new Error(`no ${kind} in ${JSON.stringify(messages.slice(-3))}`);
        returned.add(found);
        return found as never;
      }),
    closed: () =>
      eventually(() => {
        if (!ended) throw new Error('the connection is open');
        return ended;
      }),
  };
}

export interface Refusal {
  status: number;
  headers: IncomingMessage['headers'];
  contentType: string;
  /** The problem document. */
  body: Record<string, unknown>;
}

/** Opens a WebSocket, which must be refused. */
export async function refusedWebSocket(url: string, request: WebSocketRequest = {}): Promise<Refusal> {
  const socket = webSocket(url, request);
  socket.on('error', () => undefined);
  const opened = once(socket, 'open').then(() => {
    socket.terminate();
    throw new Error('the WebSocket was not refused');
  });
  const refused = once(socket, 'unexpected-response') as Promise<[unknown, IncomingMessage]>;
  const [, response] = await Promise.race([refused, opened]);
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    contentType: response.headers['content-type'] ?? '',
    body: JSON.parse(text) as Record<string, unknown>,
  };
}

function webSocket(url: string, { token, protocols = [], headers, ...options }: WebSocketRequest): WebSocket {
  const authorization = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  return new WebSocket(url.replace(/^http/, 'ws'), protocols, {
    headers: { ...authorization, ...headers },
    ...options,
  });
}
