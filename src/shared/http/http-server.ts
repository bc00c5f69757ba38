import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { type Component } from '../runtime/lifecycle';
import { answerClientError } from './client-error';
import { trackConnections, type ConnectionLimits, type Connections } from './connections';
import { handleUpgrades } from './upgrade';

export interface HttpServerOptions {
  app: RequestListener;
  host: string;
  /** 0 lets the operating system choose. */
  port: number;
  /** How long headers may take to arrive, in milliseconds. */
  headersTimeoutMs?: number;
  /** How long a whole request may take to arrive, in milliseconds. */
  requestTimeoutMs?: number;
  /** By default only the total number of connections is limited. */
  connectionLimits?: ConnectionLimits;
  /** The paths at which a request may become a WebSocket; by default none. */
  webSocketPaths?: readonly string[];
}

export interface HttpServer extends Component {
  /** The port on which the server listens. */
  port(): number;
}

/** The events by which Node delivers requests with an `Expect` header. */
const EXPECTING = ['checkContinue', 'checkExpectation'] as const;

/** How often slow requests are checked for, in milliseconds; with Node's default of 30 s a limit of 10 s could take 40 s. */
const SLOWNESS_CHECK_MS = 1_000;

/**
 * Connections that wait to be accepted; the operating system may allow fewer (`net.core.somaxconn`). With Node's default of 511 a burst
 * of connections makes the system drop others, which are opened again a second or more later.
 */
const BACKLOG = 4_096;

/** How often idle connections are closed while the server closes, in milliseconds. */
const SWEEP_MS = 25;

const NO_LIMITS: ConnectionLimits = { maxPerAddress: 0, isExempt: () => true };

/**
 * An HTTP server that disconnects slow and excessive clients (Node's own limits are loose) and drains when stopped: it accepts no new
 * connections, closes idle and silent ones, and answers the requests in progress.
 */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  const { app, host, port, headersTimeoutMs = 10_000, requestTimeoutMs = 30_000 } = options;
  const server = createServer(
    {
      maxHeaderSize: 16 * 1024,
      headersTimeout: headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
      connectionsCheckingInterval: Math.min(SLOWNESS_CHECK_MS, headersTimeoutMs),
      keepAliveTimeout: 65_000,
      // The app refuses requests without a Host, with a problem as for any other error.
      requireHostHeader: false,
    },
    app,
  );
  // Node silently drops headers beyond a maximum number, even an Idempotency-Key. The size of the headers is limited instead.
  server.maxHeadersCount = 0;
  server.maxConnections = 10_000;
  server.on('clientError', answerClientError);
  // The app itself requests the body when it is ready to read it, and refuses expectations that it cannot meet.
  for (const event of EXPECTING) server.on(event, app);
  const requestEvents = ['request', ...EXPECTING];
  const connections = trackConnections(server, requestEvents, options.connectionLimits ?? NO_LIMITS);
  handleUpgrades(server, { paths: options.webSocketPaths ?? [], isBusy: connections.isBusy });
  return {
    name: 'http server',
    port: () => (server.address() as AddressInfo).port,
    start: () => listen(server, host, port),
    stop: () => drain(server, connections),
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE' ? new Error(`port ${port} is already in use`, { cause: error }) : error,
      );
    });
    server.listen({ port, host, backlog: BACKLOG }, resolve);
  });
}

/**
 * Closes idle connections repeatedly: a connection that was busy when the server began to close would otherwise stay open after its
 * answer. The first sweep comes after a moment, so that a request that has already arrived is read.
 */
function drain(server: Server, connections: Connections): Promise<void> {
  return new Promise((resolve) => {
    if (!server.listening) return resolve();
    for (const event of ['request', ...EXPECTING])
      server.prependListener(event, (_request, response: ServerResponse) =>
        response.setHeader('Connection', 'close'),
      );
    const sweep = setInterval(() => connections.closeIdle(), SWEEP_MS);
    server.close(() => {
      clearInterval(sweep);
      resolve();
    });
  });
}
