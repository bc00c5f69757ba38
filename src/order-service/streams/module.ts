import { integerText } from '../../shared/contracts/integers';
import { WEBSOCKET_PATH } from '../../shared/contracts/websocket-messages';
import { latestCursor } from '../../shared/event-log/event-feed';
import { type FeedCursor } from '../../shared/event-log/feed-cursor';
import { hasEventsBehind } from '../../shared/event-log/subject-in-feed';
import { type Logger } from '../../shared/observability/logger';
import { type Database } from '../../shared/postgres/queryable';
import { createRedisSignal } from '../../shared/redis/redis-signal';
import { parallelComponents } from '../../shared/runtime/lifecycle';
import { createTaskQueue } from '../../shared/runtime/task-queue';
import { lookUpClientScopes } from '../identity/use-cases/token-status';
import { createPublicEventsReader } from '../orders/use-cases/public-events-reader';
import { latestEventOfOrder, resumePublicEvents } from '../orders/use-cases/read-public-events';
import { type Module, type Platform } from '../platform';
import { type EventStreamSettings, retryAfterStopMs } from './routes/event-stream';
import { createStartSubscription } from './routes/start-subscription';
import { STREAM_CHANNELS } from './routes/stream-channels';
import { streamOperations, STREAMS_TAG } from './routes/stream-operations';
import { webSocketLimits } from './routes/websocket-connection';
import { createWebSockets } from './routes/websocket-operation';
import { type PublicFeed } from './workers/feed-tail';
import { createOpenStreams } from './workers/open-streams';
import { presentStateReader } from './workers/present-state';
import { createStreamHub, type StreamHub } from './workers/stream-hub';

export const streamSettings = {
  STREAMS_PER_CLIENT: integerText(1, 10_000).default(1_000).meta({
    description: 'maximum number of streams of one client to each process; more are refused with 429',
  }),
  STREAMS_MAX: integerText(1, 10_000).default(8_000).meta({
    description:
      'maximum number of streams of all clients to each process; more are refused with 503. A process has at most 10 000 connections',
  }),
  STREAM_BUFFER_BYTES: integerText(32_768, 16_777_216).default(262_144).meta({
    description:
      'bytes that may wait for the reader of a stream. A reader that leaves so many unread for 10 s is disconnected and can resume',
  }),
  WEBSOCKET_SUBSCRIPTIONS: integerText(1, 1_000)
    .default(100)
    .meta({ description: 'maximum number of subscriptions of one WebSocket' }),
};

interface StreamsConfig {
  STREAMS_PER_CLIENT: number;
  STREAMS_MAX: number;
  STREAM_BUFFER_BYTES: number;
  WEBSOCKET_SUBSCRIPTIONS: number;
  /** The origins whose pages may open WebSockets, with that of the issuer, which is this service. */
  CORS_ORIGINS: readonly string[];
  JWT_ISSUER: string;
}

const LAG_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** How many connections read the present state of their orders at the same time: after an outage all of them begin at once. */
const CONCURRENT_READS = 4;

/** The module `streams`: events as they happen. */
export function composeStreams(platform: Platform, config: StreamsConfig): Module {
  const { database: db, logger, metrics } = platform;
  const openStreams = createOpenStreams({
    maxPerClient: config.STREAMS_PER_CLIENT,
    max: config.STREAMS_MAX,
    lookUpTokens: (tokens) => lookUpClientScopes(db, tokens),
    logger,
  });
  const { hub, wakeUps } = createHub(platform);
  const reads = createTaskQueue(CONCURRENT_READS);
  const metricsOf = streamMetrics(platform);
  const settings: EventStreamSettings = {
    openStreams,
    bufferBytes: config.STREAM_BUFFER_BYTES,
    ...metricsOf('sse'),
  };
  const isBehind = (cursor: FeedCursor, orderId: string) => hasEventsBehind(db, cursor, orderId);
  const presentState = presentStateReader({
    latestEvent: (orderId, owner) => latestEventOfOrder(db, { orderId, owner }),
    hasEventsBehind: isBehind,
    reads,
  });
  const sockets = createWebSockets({
    tag: STREAMS_TAG,
    origins: [...config.CORS_ORIGINS, new URL(config.JWT_ISSUER).origin],
    openStreams,
    startSubscription: createStartSubscription({ hub, presentState }),
    limits: webSocketLimits(config.WEBSOCKET_SUBSCRIPTIONS, config.STREAM_BUFFER_BYTES),
    logger,
    retryMs: retryAfterStopMs,
    ...metricsOf('websocket'),
  });
  metrics.processGauge('streams_open', 'Open streams.', () => openStreams.count());
  return {
    tags: [
      {
        name: STREAMS_TAG,
        description: 'Events as they happen: server-sent events and WebSockets.',
      },
    ],
    links: { streams: '/orders/events', websocket: WEBSOCKET_PATH },
    operations: [
      ...streamOperations({
        hub,
        settings,
        presentState,
        hasEventsBehind: (cursor, orderId) => reads(() => isBehind(cursor, orderId)),
      }),
      sockets.operation,
    ],
    channels: STREAM_CHANNELS,
    components: [...wakeUps, openStreams],
    waiting: [parallelComponents('streams', [hub, sockets])],
    housekeeping: [],
    healthChecks: {},
  };
}

function createHub({ database: db, redis, sequencer, logger, metrics }: Platform) {
  const signal =
    redis &&
    createRedisSignal({ connection: redis, db, name: 'event-feed', onSignal: () => hub.nudge(), logger });
  const hub: StreamHub = createStreamHub({
    feed: publicFeed(db, logger),
    logger,
    onFollowing(isFollowing) {
      signal?.listen(isFollowing);
      sequencer.hurry(isFollowing);
    },
    onLag: metrics.histogram(
      'stream_lag_seconds',
      'Time from an event to its delivery to the streams of this process.',
      LAG_BUCKETS,
    ),
  });
  sequencer.onAdvanced(() => {
    hub.nudge();
    signal?.send();
  });
  return { hub, wakeUps: signal ? [signal] : [] };
}

const publicFeed = (db: Database, logger: Logger): PublicFeed => ({
  latest: () => latestCursor(db),
  check: (cursor: FeedCursor) => resumePublicEvents(db, cursor),
  read: createPublicEventsReader({ db, logger }),
});

function streamMetrics({ metrics }: Platform) {
  const delivered = metrics.counter(
    'stream_events_delivered_total',
    'Events that were sent to a stream; an event counts once for each stream.',
    ['transport'],
  );
  const dropped = metrics.counter(
    'streams_dropped_total',
    'Streams that were closed because their readers did not read.',
    ['transport'],
  );
  return (transport: 'sse' | 'websocket') => ({
    onDelivered: (events: number) => delivered({ transport }, events),
    onDropped: () => dropped({ transport }),
  });
}
