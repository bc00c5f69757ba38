import { type IncomingMessage, type Server, ServerResponse } from 'node:http';
import { type Socket } from 'node:net';

export interface UpgradeOptions {
  /** The paths at which a request may become a WebSocket. */
  paths: readonly string[];
  /** Whether an earlier request of the connection has not been answered yet. */
  isBusy: (socket: Socket) => boolean;
}

/** A connection whose request asked for another protocol. */
export interface UpgradableConnection {
  socket: Socket;
  /** The bytes that followed the request. */
  head: Buffer;
}

const upgradable = new WeakMap<IncomingMessage, UpgradableConnection>();

/**
 * Delivers requests for a WebSocket as ordinary requests, so that one application checks, answers and logs all requests; its handler takes
 * the connection with {@link takeConnection}. Any other upgrade (`h2c`, a WebSocket at another path) is ignored, as RFC 9110 §7.8 allows:
 * Node cannot do that once it has a listener for upgrades.
 */
export function handleUpgrades(server: Server, { paths, isBusy }: UpgradeOptions): void {
  if (paths.length === 0) return;
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    // Node has already removed its own listeners, and cannot order the answers of two parsers.
    if (isBusy(socket)) return void socket.destroy();
    if (isForWebSocket(request, paths)) deliver(server, request, { socket, head });
    else parseWithoutUpgrade(server, request, { socket, head });
  });
}

/**
 * Takes the connection over for another protocol. The request then counts as answered with 101; its connection remains in use until the
 * socket is closed.
 *
 * @returns null when the request asked for no upgrade, or the caller has closed the connection.
 */
export function takeConnection(
  request: IncomingMessage,
  response: ServerResponse,
): UpgradableConnection | null {
  const connection = upgradable.get(request);
  if (!connection?.socket.readable || !connection.socket.writable) return null;
  response.detachSocket(connection.socket);
  response.statusCode = SWITCHING_PROTOCOLS;
  response.emit('close');
  return connection;
}

/** Whether a request asks for a connection that {@link takeConnection} can take over. */
export const isUpgradable = (request: IncomingMessage): boolean => upgradable.has(request);

export const SWITCHING_PROTOCOLS = 101;

function isForWebSocket({ method, headers, url = '' }: IncomingMessage, paths: readonly string[]): boolean {
  const [path = ''] = url.split('?', 1);
  return method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket' && paths.includes(path);
}

function deliver(server: Server, request: IncomingMessage, connection: UpgradableConnection): void {
  const { socket } = connection;
  socket.on('error', () => socket.destroy());
  upgradable.set(request, connection);
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  response.once('finish', () => socket.destroySoon());
  server.emit('request', request, response);
}

/** Gives the connection a new parser, which reads the same request without its header `Upgrade`. */
function parseWithoutUpgrade(
  server: Server,
  { method, url, httpVersion, rawHeaders }: IncomingMessage,
  { socket, head }: UpgradableConnection,
): void {
  const lines = [`${method ?? ''} ${url ?? ''} HTTP/${httpVersion}`];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [name = '', value = ''] = rawHeaders.slice(index, index + 2);
    if (name.toLowerCase() !== 'upgrade') lines.push(`${name}: ${value}`);
  }
  // Node reads names and values of headers as latin1.
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]));
  server.emit('connection', socket);
}
