import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { type Component } from '../runtime/lifecycle';
import { answerClientError } from './client-error';
import { trackConnections, type ConnectionLimits, type Connections } from './connections';

export interface HttpServerOptions {
  app: RequestListener;
  host: string;
  /** 0 lets the system choose. */
  port: number;
  /** How long headers may take to arrive, in milliseconds. */
  headersTimeoutMs?: number;
  /** How long a whole request may take to arrive, in milliseconds. */
  requestTimeoutMs?: number;
  /** By default only the number of all connections is limited. */
  connectionLimits?: ConnectionLimits;
}

export interface HttpServer extends Component {
  /** The port that it listens on. */
  port(): number;
}

/** How Node hands on requests with an `Expect` header. */
const EXPECTING = ['checkContinue', 'checkExpectation'] as const;

/** How often slow requests are looked for, in milliseconds; Node's own 30 s would make a limit of 10 s one of 40 s. */
const SLOWNESS_CHECK_MS = 1_000;

const NO_LIMITS: ConnectionLimits = { maxPerAddress: 0, isExempt: () => true };

/**
 * An HTTP server that sheds slow and excessive clients (Node's own limits are loose) and drains when stopped: no new
 * connections, idle and silent ones closed, requests in hand answered.
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
      // The app refuses requests without a Host, with a problem as for any other fault.
      requireHostHeader: false,
    },
    app,
  );
  // Node leaves out what is beyond a number without an error, an Idempotency-Key too. The size of the headers is limited instead.
  server.maxHeadersCount = 0;
  server.maxConnections = 10_000;
  server.on('clientError', answerClientError);
  // The app itself asks for the body, once it is ready to read it, and refuses expectations that cannot be met.
  for (const event of EXPECTING) server.on(event, app);
  const requestEvents = ['request', ...EXPECTING];
  const connections = trackConnections(server, requestEvents, options.connectionLimits ?? NO_LIMITS);
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
    server.listen(port, host, resolve);
  });
}

/** How often connections that have become idle are looked for while the server closes, in milliseconds. */
const SWEEP_MS = 25;

/**
 * A connection that was busy when the server began to close would be kept alive after its answer, so idle ones are swept. The first sweep
 * comes after a moment, so that a request that has arrived already is read.
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
