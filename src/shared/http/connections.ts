import { type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type Socket } from 'node:net';
import { networkOf } from './rate-limit';
import { SWITCHING_PROTOCOLS } from './upgrade';

export interface ConnectionLimits {
  /** The number of connections that one address (of IPv6: one network) may hold at a time; 0: no limit. */
  maxPerAddress: number;
  /** Peers without a limit: trusted proxies, which serve many clients. */
  isExempt: (address: string) => boolean;
}

export interface Connections {
  /**
   * Closes the connections that have no request in progress: at once those on which nothing new has arrived, after a moment those that
   * are sending headers, and after some seconds those that are sending a body. Call it repeatedly until the server has closed:
   * connections become idle, and a request that was in transit may still be read.
   */
  closeIdle(): void;
  /** Whether a request of the connection has not been answered yet. */
  isBusy(socket: Socket): boolean;
}

interface Connection {
  key: string;
  /** The answers that are not complete. */
  open: Set<ServerResponse>;
  /** The latest request. */
  request: IncomingMessage | null;
  /** The number of bytes received when the last answer was complete. */
  bytesAnswered: number;
}

/** How long a connection may continue to send headers after the server has begun to stop, in milliseconds. */
const HEADERS_GRACE_MS = 300;
/** The same for the body of a request: a request that is never complete must not delay the stop. */
const BODY_GRACE_MS = 3_000;

/**
 * Tracks the connections of a server, and closes those over the limit of their address as soon as they are accepted.
 *
 * @param requestEvents the events by which the server delivers requests.
 */
export function trackConnections(
  server: Server,
  requestEvents: readonly string[],
  { maxPerAddress, isExempt }: ConnectionLimits,
): Connections {
  const connections = new Map<Socket, Connection>();
  const counts = new Map<string, number>();
  let closingSince: number | null = null;

  function accept(socket: Socket): void {
    // A connection that ignores an upgrade is delivered again, see `handleUpgrades`.
    if (connections.has(socket)) return;
    const address = socket.remoteAddress ?? '';
    const key = networkOf(address);
    const count = counts.get(key) ?? 0;
    if (maxPerAddress > 0 && count >= maxPerAddress && !isExempt(address))
      return void socket.resetAndDestroy();
    counts.set(key, count + 1);
    connections.set(socket, { key, open: new Set(), request: null, bytesAnswered: 0 });
    socket.once('close', () => forget(socket, key));
  }

  function forget(socket: Socket, key: string): void {
    for (const response of connections.get(socket)?.open ?? []) closeUnsent(response);
    connections.delete(socket);
    const count = (counts.get(key) ?? 1) - 1;
    if (count > 0) counts.set(key, count);
    else counts.delete(key);
  }

  function begin(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    const connection = connections.get(socket);
    if (!connection) return;
    connection.open.add(response);
    connection.request = request;
    response.once('close', () => {
      if (response.statusCode === SWITCHING_PROTOCOLS) return;
      connection.open.delete(response);
      connection.bytesAnswered = socket.bytesRead;
    });
  }

  server.prependListener('connection', accept);
  for (const event of requestEvents) server.prependListener(event, begin);
  return {
    isBusy: (socket) => (connections.get(socket)?.open.size ?? 0) > 0,
    closeIdle() {
      closingSince ??= performance.now();
      const closingMs = performance.now() - closingSince;
      for (const [socket, { open, request, bytesAnswered }] of connections) {
        const isSilent = socket.bytesRead === bytesAnswered;
        const isIdle = open.size === 0 && (isSilent || closingMs > HEADERS_GRACE_MS);
        const isPartial = open.size === 1 && request?.complete === false && closingMs > BODY_GRACE_MS;
        if (isIdle || isPartial) socket.destroy();
      }
    },
  };
}

/**
 * Closes the answer to a pipelined request, which waited for the answers before it when the connection was closed. Node closes only the answer
 * that has the socket; all that a request holds is released when its answer closes.
 */
function closeUnsent(response: ServerResponse): void {
  const isUnsent = response.socket === null && !response.destroyed && !response.writableFinished;
  if (!isUnsent || response.statusCode === SWITCHING_PROTOCOLS) return;
  response.destroy();
  response.emit('close');
}
