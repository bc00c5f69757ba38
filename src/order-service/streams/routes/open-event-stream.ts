import { type Request } from 'express';
import { type FeedCursor } from '../../../shared/event-log/feed-cursor';
import { type OperationContext } from '../../../shared/http/operation';
import { type EventFilter } from '../../orders/domain/event-filter';
import { eventCursor, eventsGone } from '../../orders/use-cases/event-cursors';
import { type FedEvent } from '../../orders/use-cases/read-public-events';
import { type ReadPresentState } from '../workers/present-state';
import { type StreamHub } from '../workers/stream-hub';
import { EventStream, type EventStreamSettings, STREAM_HEADERS } from './event-stream';

export interface StreamOperationsDependencies {
  hub: Pick<StreamHub, 'subscribe'>;
  settings: EventStreamSettings;
  presentState: ReadPresentState;
  /** Whether the feed has events of the order behind the cursor. */
  hasEventsBehind(cursor: FeedCursor, orderId: string): Promise<boolean>;
}

/** The result of the preparation of a stream: the event that it begins with, or that it would have no event. */
type Beginning = { present: FedEvent | null } | 'nothing';

type Caller = Pick<
  OperationContext<unknown, unknown, unknown>,
  'caller' | 'visibleOwner' | 'request' | 'response'
>;

/** Opens a stream that begins behind the cursor of the request, or with the next event. */
export async function openFilteredStream(
  deps: StreamOperationsDependencies,
  caller: Caller,
  filter: EventFilter,
  fromQuery: string | undefined,
): Promise<void> {
  const from = resumeCursor(caller.request, fromQuery);
  await openStream(deps, caller, filter, async (stream) => {
    await subscribe(deps, stream, from);
    return { present: null };
  });
}

/** Opens a stream unless its preparation fails; until then an error is a problem response. */
export async function openStream(
  { settings }: StreamOperationsDependencies,
  { caller, visibleOwner, request, response }: Caller,
  filter: EventFilter,
  prepare: (stream: EventStream) => Promise<Beginning>,
): Promise<void> {
  const stream = new EventStream(response, caller, visibleOwner, filter, settings);
  settings.openStreams.add(caller, stream);
  try {
    const beginning = await prepare(stream);
    if (beginning !== 'nothing' && request.method !== 'HEAD') return stream.begin(beginning.present);
    stream.close();
    if (beginning === 'nothing') response.status(204).end();
    else response.status(200).set(STREAM_HEADERS).end();
  } catch (error) {
    stream.close();
    throw error;
  }
}

/** @throws AppError `gone` when the events behind the cursor cannot be read. */
export async function subscribe(
  { hub }: StreamOperationsDependencies,
  stream: EventStream,
  from: FeedCursor | null,
): Promise<void> {
  const subscription = await hub.subscribe({ listener: stream, after: from });
  if ('gone' in subscription) throw eventsGone(subscription);
  stream.attach(subscription);
}

/** An EventSource that connects again sends the header together with the query of its first request. */
export function resumeCursor(request: Request, fromQuery: string | undefined): FeedCursor | null {
  const fromHeader = request.get('Last-Event-ID');
  if (fromHeader !== undefined && fromHeader !== '') return eventCursor(fromHeader, 'Last-Event-ID');
  return fromQuery === undefined ? null : eventCursor(fromQuery, 'after');
}
