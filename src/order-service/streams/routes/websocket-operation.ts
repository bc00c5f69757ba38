import { type Request, type Response } from 'express';
import { UNAVAILABLE } from '../../../shared/contracts/problem';
import { WEBSOCKET_PATH } from '../../../shared/contracts/websocket-messages';
import { AppError } from '../../../shared/errors';
import { operation, type Operation } from '../../../shared/http/operation';
import { type Component } from '../../../shared/runtime/lifecycle';
import { withTimeout } from '../../../shared/runtime/with-timeout';
import { TOO_MANY_STREAMS } from '../domain/problem-types';
import { type OpenStream, type OpenStreams, type StreamCaller } from '../workers/open-streams';
import { type ConnectionOptions, WebSocketConnection } from './websocket-connection';
import {
  HANDSHAKE_PROBLEMS,
  handshakeHeaders,
  prepareHandshake,
  requireHandshake,
} from './websocket-handshake';
import { createWebSocketUpgrade } from './websocket-upgrade';

export interface WebSocketsOptions extends Omit<ConnectionOptions, 'socket' | 'visibleOwner'> {
  /** The group of the operation in the OpenAPI document. */
  tag: string;
  /** The origins whose pages may connect. */
  origins: readonly string[];
  openStreams: OpenStreams;
}

export interface WebSockets extends Component {
  operation: Operation;
}

/** How long the connections of a stopping instance have to close, in milliseconds. */
const CLOSING_MS = 2_000;

/** `GET /ws`, and its open connections. When it stops, it tells each client when to connect again. */
export function createWebSockets(options: WebSocketsOptions): WebSockets {
  const { openStreams, origins, tag } = options;
  const upgrade = createWebSocketUpgrade();
  const connections = new Set<WebSocketConnection>();
  let isStopping = false;
  let onLastClosed: () => void = () => undefined;

  function open(request: Request, response: Response, caller: StreamCaller, visibleOwner: string | null) {
    let connection: WebSocketConnection | null = null;
    const stream: OpenStream = {
      onTick: (now) => connection?.onTick(now),
      onTokenEnd: (reason) => connection?.onTokenEnd(reason),
    };
    openStreams.add(caller, stream);
    const socket = upgrade(request, response);
    if (!socket) return openStreams.remove(caller, stream);
    const opened = new WebSocketConnection({ ...options, socket, visibleOwner });
    connection = opened;
    connections.add(opened);
    socket.once('close', () => {
      openStreams.remove(caller, stream);
      connections.delete(opened);
      if (connections.size === 0) onLastClosed();
    });
  }

  return {
    name: 'web sockets',
    operation: webSocketOperation({ tag, origins }, (request, response, caller, visibleOwner) => {
      if (isStopping) throw new AppError(UNAVAILABLE, 'this instance is stopping; connect again');
      open(request, response, caller, visibleOwner);
    }),
    start: () => Promise.resolve(),
    async stop() {
      isStopping = true;
      if (connections.size === 0) return;
      const closed = new Promise<void>((resolve) => (onLastClosed = resolve));
      for (const connection of connections) connection.end('server_stopping');
      await withTimeout(CLOSING_MS, closed, () => {
        for (const connection of connections) connection.terminate();
      });
    },
  };
}

type Open = (request: Request, response: Response, caller: StreamCaller, visibleOwner: string | null) => void;

function webSocketOperation(
  { tag, origins }: Pick<WebSocketsOptions, 'tag' | 'origins'>,
  open: Open,
): Operation {
  return operation({
    id: 'openWebSocket',
    method: 'get',
    path: WEBSOCKET_PATH,
    tag,
    summary: 'Open a WebSocket for events',
    description:
      'Events of several orders, products and filters over one connection; `/asyncapi.json` describes the messages. Browsers, which cannot send an ' +
      'Authorization header, offer the subprotocols `orders.v1` and `bearer.` followed by the access token; the origin of their page must ' +
      'be in CORS_ORIGINS. A query string is refused: access tokens do not belong in URLs.',
    access: 'order:read',
    upgrade: 'websocket',
    prepare: prepareHandshake(new Set(origins)),
    headers: handshakeHeaders,
    responses: { 101: { description: 'the connection is a WebSocket' } },
    problems: [...HANDSHAKE_PROBLEMS, TOO_MANY_STREAMS],
    handle({ request, response, caller, visibleOwner }) {
      requireHandshake(request, response);
      open(request, response, caller, visibleOwner);
    },
  });
}
