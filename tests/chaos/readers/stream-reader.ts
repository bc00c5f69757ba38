import { setTimeout as delay } from 'node:timers/promises';
import { clientCredentials } from '../../../client/api-client';
import {
  type CatalogueEvent,
  type OrderEvent,
  type StreamedEvent,
  streamOrderEvents,
  streamProductEvents,
  StreamRefusedError,
} from '../../../client/order-events';
import { type ArrivedEvent } from '../../support/seen-versions';
import { orderApi } from '../api';
import { seenEvent } from './event-text';
import { type EventReader, type EventTopic } from './reader';

export interface StreamReaderOptions {
  /** Where the stream is opened. */
  place: { name: string; url: string };
  /** Where tokens are fetched. */
  apiUrl: string;
  owner: string;
  topic: EventTopic;
  /** Only this order; otherwise all orders, or products, of the owner. */
  orderId?: string;
  /** The cursor to begin behind. */
  after?: string;
}

/** Refusals that end with the fault that caused them: a token of a clock that went wrong, too many requests. */
const TEMPORARY = [401, 408, 429];
const RETRY_MS = 500;

/** Reads a stream with the published reader, which resumes it behind the last event. */
export function startStreamReader(options: StreamReaderOptions): EventReader {
  const { place, owner, topic, orderId = null } = options;
  const events: ArrivedEvent[] = [];
  const faults: string[] = [];
  const ending = new AbortController();
  let after = options.after;
  let reconnects = 0;

  async function read(): Promise<void> {
    while (!ending.signal.aborted) {
      try {
        for await (const streamed of stream()) take(streamed);
        return;
      } catch (error) {
        if (!(error instanceof StreamRefusedError && TEMPORARY.includes(error.status)))
          return void faults.push(`the stream ended: ${String(error)}`);
        reconnects += 1;
        await delay(RETRY_MS);
      }
    }
  }

  const stream = (): AsyncGenerator<StreamedEvent<OrderEvent | CatalogueEvent>, void> =>
    topic === 'orders' ? streamOrderEvents(streamOptions()) : streamProductEvents(streamOptions());

  const streamOptions = () => ({
    baseUrl: place.url,
    token: freshToken(options),
    signal: ending.signal,
    onReconnect: () => (reconnects += 1),
    ...(orderId !== null && { orderId }),
    ...(after !== undefined && { after }),
  });

  function take({ event: item, cursor }: StreamedEvent<OrderEvent | CatalogueEvent>): void {
    after = cursor;
    const event = seenEvent(item);
    if (event) events.push({ ...event, isAccepted: true });
    else faults.push(`event and subject differ: ${JSON.stringify(item)}`);
  }

  const reading = read();
  return {
    name: `stream of ${orderId === null ? `the ${topic} of ${owner}` : `order ${orderId}`} at ${place.name}`,
    kind: 'stream',
    owner,
    orderId,
    topics: [topic],
    events: () => events,
    faults: () => faults,
    interruptions: () => reconnects,
    async stop() {
      ending.abort();
      await reading;
    },
  };
}

/** A new token for each connection: one that was issued by an instance with another clock is refused by the others. */
const freshToken =
  ({ apiUrl, owner }: StreamReaderOptions) =>
  (): Promise<string> =>
    clientCredentials(apiUrl, { clientId: owner, clientSecret: 'demo-secret' })();

/** The present end of the feed. */
export async function latestCursor(apiUrl: string, owner: string): Promise<string> {
  const { status, text } = await orderApi(apiUrl)({
    method: 'GET',
    path: '/events?after=latest',
    client: owner,
  });
  if (status !== '200') throw new Error(`no cursor for ${owner}: ${status} ${text}`);
  return (JSON.parse(text) as { next_cursor: string }).next_cursor;
}
