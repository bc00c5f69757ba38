import { type Request, type Response } from 'express';
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws';
import { MAX_CLIENT_MESSAGE_BYTES, ORDERS_SUBPROTOCOL } from '../../../shared/contracts/websocket-messages';
import { takeConnection } from '../../../shared/http/upgrade';
import { currentContext } from '../../../shared/observability/context';

/**
 * Completes the handshake of a request; null when its connection has been closed meanwhile.
 */
export type WebSocketUpgrade = (request: Request, response: Response) => WebSocket | null;

/** The last two are not in the types of the library yet. */
const OPTIONS: ServerOptions & { closeTimeout: number; maxBufferedChunks: number } = {
  noServer: true,
  clientTracking: false,
  perMessageDeflate: false,
  maxPayload: MAX_CLIENT_MESSAGE_BYTES,
  maxFragments: 256,
  maxBufferedChunks: 1_024,
  // How long a client has to answer the closure, in milliseconds.
  closeTimeout: 5_000,
  handleProtocols: (offered) => offered.has(ORDERS_SUBPROTOCOL) && ORDERS_SUBPROTOCOL,
};

export function createWebSocketUpgrade(): WebSocketUpgrade {
  const server = new WebSocketServer(OPTIONS);
  server.on('headers', (headers) =>
    headers.push(`X-Correlation-Id: ${currentContext()?.correlationId ?? ''}`),
  );
  return (request, response) => {
    const connection = takeConnection(request, response);
    if (!connection) {
      request.socket.destroy();
      return null;
    }
    let opened: WebSocket | null = null;
    // It calls back at once, or never.
    server.handleUpgrade(request, connection.socket, connection.head, (socket) => (opened = socket));
    return opened;
  };
}
