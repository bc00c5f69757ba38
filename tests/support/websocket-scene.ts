import { type RequestHandler } from 'express';
import { type PublicEvent } from '../../src/shared/contracts/public-event';
import { EXAMPLE_PUBLIC_EVENT } from '../../src/shared/contracts/public-event-examples';
import { cursorBehind, FEED_START } from '../../src/shared/event-log/feed-cursor';
import { createBaseApp, trustsPeer } from '../../src/shared/http/base-app';
import { createHttpServer, type HttpServer } from '../../src/shared/http/http-server';
import { operationRoutes, webSocketPaths } from '../../src/shared/http/operation-routes';
import { eventMatches } from '../../src/order-service/orders/domain/event-filter';
import { type FedEvent } from '../../src/order-service/orders/use-cases/read-public-events';
import {
  type StartedSubscription,
  type StartSubscription,
} from '../../src/order-service/streams/routes/start-subscription';
import { type WebSocketLimits } from '../../src/order-service/streams/routes/websocket-connection';
import {
  createWebSockets,
  type WebSockets,
} from '../../src/order-service/streams/routes/websocket-operation';
import {
  createOpenStreams,
  type OpenStream,
  type OpenStreams,
} from '../../src/order-service/streams/workers/open-streams';
import { type Listener } from '../../src/order-service/streams/workers/subscriber';
import { silentLogger } from './service-pair';

export const ALLOWED_ORIGIN = 'https://shop.example';

export const TEST_LIMITS: WebSocketLimits = {
  maxSubscriptions: 5,
  burst: 100,
  perSecond: 10,
  maxWaiting: 4,
  pingIntervalMs: 20_000,
  maxBufferedBytes: 65_536,
  resumeBelowBytes: 16_384,
  maxStallMs: 10_000,
};

/** WebSockets over HTTP with a feed of which the test is the source, and callers whose token is the name of their client. */
export interface WebSocketScene {
  url: string;
  port: number;
  http: HttpServer;
  sockets: WebSockets;
  openStreams: OpenStreams;
  /** The listeners of open subscriptions, with whether they are paused. */
  listeners: Map<Listener, { isPaused: boolean }>;
  /** Delivers an event to the listeners that are not paused and want it; returns how many. */
  publish(version: number, overrides?: { orderId?: string; text?: string }): number;
  publishEvent(event: PublicEvent): number;
  /** Replaces the start of subscriptions. */
  startWith(start: StartSubscription | null): void;
  /** The tokens that are not revoked. */
  active: Map<string, readonly string[]>;
  dropped: () => number;
  /** Lets that much time pass for the connections, in milliseconds. */
  tick(ms: number): void;
  stop(): Promise<void>;
}

export async function startWebSocketScene(limits: Partial<WebSocketLimits> = {}): Promise<WebSocketScene> {
  const listeners: WebSocketScene['listeners'] = new Map();
  const active = new Map([['shop', ['order:read']]]);
  const openStreams = createOpenStreams({
    maxPerClient: 3,
    max: 100,
    lookUpTokens: () => Promise.resolve(active),
    logger: silentLogger,
  });
  const streams = new Set<OpenStream>();
  let [position, elapsedMs] = [0, 0];
  let replaced: StartSubscription | null = null;
  let dropped = 0;
  const start: StartSubscription = (listener) => Promise.resolve(fakeSubscription(listener));
  const fakeSubscription = (listener: Listener): StartedSubscription => {
    const state = { isPaused: true };
    listeners.set(listener, state);
    return {
      subscription: {
        cursor: () => (position === 0 ? FEED_START : cursorBehind(String(position), EXAMPLE_PUBLIC_EVENT.id)),
        resume: () => void (state.isPaused = false),
        close: () => void listeners.delete(listener),
      },
      first: null,
    };
  };
  function publishEvent(event: PublicEvent): number {
    position += 1;
    const fed: FedEvent = { event, owner: 'shop', cursor: cursorBehind(String(position), event.id) };
    const wanting = [...listeners].filter(
      ([listener, { isPaused }]) => !isPaused && eventMatches(event, listener.filter),
    );
    for (const [listener, state] of wanting) state.isPaused = !listener.onEvents([fed]);
    return wanting.length;
  }
  const sockets = createWebSockets({
    tag: 'streams',
    origins: [ALLOWED_ORIGIN],
    openStreams: {
      ...openStreams,
      add(caller, stream) {
        openStreams.add(caller, stream);
        streams.add(stream);
      },
    },
    startSubscription: (...parts) => (replaced ?? start)(...parts),
    limits: { ...TEST_LIMITS, ...limits },
    logger: silentLogger,
    retryMs: () => 1_234,
    onDelivered: () => undefined,
    onDropped: () => (dropped += 1),
  });
  const app = createBaseApp({ logger: silentLogger }, (routes) => {
    const api = operationRoutes([sockets.operation], { authenticate, limit: pass });
    routes.use('/v1', api).use(api);
  });
  const http = createHttpServer({
    app,
    host: '127.0.0.1',
    port: 0,
    connectionLimits: { maxPerAddress: 0, isExempt: trustsPeer(app) },
    webSocketPaths: webSocketPaths([sockets.operation]),
  });
  await http.start();
  return {
    url: `http://127.0.0.1:${http.port()}/ws`,
    port: http.port(),
    http,
    sockets,
    openStreams,
    listeners,
    active,
    dropped: () => dropped,
    tick(ms) {
      elapsedMs += ms;
      for (const stream of streams) stream.onTick(performance.now() + elapsedMs);
    },
    publish: (version, { orderId = EXAMPLE_PUBLIC_EVENT.order_id, text = '' } = {}) =>
      publishEvent({ ...EXAMPLE_PUBLIC_EVENT, version, order_id: orderId, correlation_id: `test${text}` }),
    publishEvent,
    startWith: (other) => void (replaced = other),
    async stop() {
      await sockets.stop();
      await http.stop();
      await openStreams.stop();
    },
  };
}

const pass: RequestHandler = (_request, _response, next) => next();

/** A token is the id of its client and of itself; that of `expired` ended an hour ago. */
const authenticate: RequestHandler = (request, _response, next) => {
  const [, token] = /^Bearer (\w+)$/.exec(request.get('Authorization') ?? '') ?? [];
  if (token === undefined) return next(new Error('no token'));
  const now = Math.floor(Date.now() / 1_000);
  const expiresAt = token === 'expired' ? now - 3_600 : now + 3_600;
  const scopes = ['order:read'];
  request.caller = { sub: token, clientId: token, jti: token, scopes, issuedAt: now - 7_200, expiresAt };
  next();
};
