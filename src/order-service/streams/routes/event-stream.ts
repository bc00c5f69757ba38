import { type Request, type Response } from 'express';
import { UNAVAILABLE } from '../../../shared/contracts/problem';
import { AppError } from '../../../shared/errors';
import { type FeedGone } from '../../../shared/event-log/event-feed';
import { encodeFeedCursor, type FeedCursor } from '../../../shared/event-log/feed-cursor';
import { isOrderEvent } from '../../../shared/contracts/public-event';
import { orderMachine } from '../../../shared/contracts/status-machines';
import { type EventFilter } from '../../orders/domain/event-filter';
import { type FedEvent } from '../../orders/use-cases/read-public-events';
import { type OpenStream, type OpenStreams, type StreamCaller, type TokenEnd } from '../workers/open-streams';
import { type Listener, type Subscription, type SubscriptionEnd } from '../workers/subscriber';
import { eventFrame } from './event-json';
import { goneNotice, noticeOf, type StreamNotice } from './stream-notices';

/** What all streams of a process share. */
export interface EventStreamSettings {
  openStreams: OpenStreams;
  /** A reader with more bytes waiting is paused, and disconnected when it does not read them soon. */
  bufferBytes: number;
  onDelivered: (events: number) => void;
  onDropped: () => void;
}

export const STREAM_HEADERS = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-cache, no-transform',
  // nginx would otherwise collect events before it passes them on.
  'X-Accel-Buffering': 'no',
} as const;

/** How often a comment is sent, in milliseconds: proxies close connections that are silent for a minute. */
const COMMENT_MS = 15_000;

/** How long a reader may leave its buffer full, in milliseconds. */
const MAX_STALL_MS = 10_000;

/** How long a reader has to read the end of its stream, in milliseconds. */
const END_GRACE_MS = 2_000;

/** When a reader connects again, in milliseconds, plus a random part. After a stop of the instance they spread over more time. */
const RETRY_MS = { base: 1_000, random: 2_000 };
const RETRY_AFTER_STOP_MS = { base: 500, random: 4_500 };

const streams = new WeakMap<object, EventStream>();

/**
 * One stream of server-sent events (WHATWG HTML §9.2). It has no timer and no closure of its own, because there are thousands of them.
 */
export class EventStream implements Listener, OpenStream {
  private state: 'opening' | 'open' | 'ended' = 'opening';
  private subscription: Subscription | null = null;
  private fullSince: number | null = null;
  private nextCommentAt = Infinity;
  /** The position that the reader has as its last id. */
  private sentPosition = '';
  /** The version that the reader of one order has received; older ones are dropped. */
  private lastVersion = 0;

  constructor(
    private readonly response: Response,
    private readonly caller: StreamCaller,
    readonly owner: string | null,
    readonly filter: EventFilter,
    private readonly settings: EventStreamSettings,
  ) {}

  /** The subscription ends with the stream, also before {@link begin}. */
  attach(subscription: Subscription): void {
    this.subscription = subscription;
  }

  /**
   * Sends the headers, then the events of the subscription.
   *
   * @param present the present state of the order, which is sent first.
   * @throws AppError `unavailable` when the stream has ended already.
   */
  begin(present: FedEvent | null): void {
    const { response, subscription } = this;
    if (this.state === 'ended' || !subscription) throw endedEarly();
    this.state = 'open';
    streams.set(response, this);
    response.once('close', onClose).on('drain', onDrain);
    if (response.destroyed) return this.close();
    response.status(200).set(STREAM_HEADERS);
    this.nextCommentAt = performance.now() + Math.random() * COMMENT_MS;
    forgetHeaders(response.req);
    // The cursor behind the present state must not arrive without it.
    const position = present ? '' : this.positionLines(subscription.cursor());
    response.write(`retry: ${jittered(RETRY_MS)}\n${position}\n`);
    if (present) this.onEvents([present]);
    if (this.isOpen) subscription.resume();
  }

  onEvents(events: readonly FedEvent[]): boolean {
    let sent = 0;
    for (const fed of events) {
      if (fed.event.version <= this.lastVersion) continue;
      if (this.filter.orderId !== undefined) this.lastVersion = fed.event.version;
      this.response.write(eventFrame(fed));
      this.sentPosition = fed.cursor.position;
      sent += 1;
    }
    this.settings.onDelivered(sent);
    const last = events.at(-1);
    if (last && this.filter.orderId !== undefined && isEnd(last)) this.end(noticeOf('order_ended'));
    const isFull = this.response.writableLength >= this.settings.bufferBytes;
    if (isFull) this.fullSince = performance.now();
    return !isFull;
  }

  onEnd(reason: SubscriptionEnd, gone: FeedGone | null): void {
    if (gone) this.end(goneNotice(gone));
    else if (reason === 'shutdown') this.end(noticeOf('server_stopping'), retryAfterStopMs());
    else this.end(noticeOf('internal_error'));
  }

  onTick(now: number): void {
    if (this.fullSince !== null && now - this.fullSince > MAX_STALL_MS) return this.drop();
    if (now < this.nextCommentAt || this.fullSince !== null || !this.isOpen) return;
    this.nextCommentAt = now + COMMENT_MS;
    const cursor = this.subscription?.cursor();
    const hasMoved = cursor !== undefined && cursor.position !== this.sentPosition;
    this.response.write(hasMoved ? `${this.positionLines(cursor)}\n` : ': keep-alive\n\n');
  }

  onTokenEnd(reason: TokenEnd): void {
    this.end(noticeOf(reason));
  }

  onDrain(): void {
    if (this.fullSince === null) return;
    this.fullSince = null;
    this.subscription?.resume();
  }

  /** Forgets the stream; nothing is sent any more. */
  close(): void {
    this.state = 'ended';
    this.subscription?.close();
    this.subscription = null;
    this.settings.openStreams.remove(this.caller, this);
  }

  private get isOpen(): boolean {
    return this.state === 'open';
  }

  /** An id without data is only remembered by the reader; the comment has it too, for parsers that do not report such an id. */
  private positionLines(cursor: FeedCursor): string {
    this.sentPosition = cursor.position;
    const id = encodeFeedCursor(cursor);
    return `: position ${id}\nid: ${id}\n`;
  }

  /** Sends the reason as the last event. */
  private end(notice: StreamNotice, retryMs?: number): void {
    const { isOpen } = this;
    this.close();
    if (!isOpen) return;
    const retry = retryMs === undefined ? '' : `retry: ${retryMs}\n`;
    this.response.end(`${retry}event: ${notice.code}\ndata: ${JSON.stringify(notice)}\n\n`);
    setTimeout(destroy, END_GRACE_MS, this.response).unref();
  }

  /** Disconnects a reader that does not read. It can resume behind the last event that it has read. */
  private drop(): void {
    this.settings.onDropped();
    this.close();
    this.response.destroy();
  }
}

/** Whether the order of an event has its final status. */
export const isEnd = ({ event }: FedEvent): boolean =>
  isOrderEvent(event) && orderMachine.isEnd(event.data.order.status);

/** Frees the headers of the request, which nothing reads any more: with the token they are a tenth of the memory of an idle stream. */
function forgetHeaders(request: Request): void {
  request.headers = {};
  request.rawHeaders = [];
}

function onClose(this: object): void {
  streams.get(this)?.close();
}

function onDrain(this: object): void {
  streams.get(this)?.onDrain();
}

function destroy(response: Response): void {
  if (!response.writableFinished) response.destroy();
}

const endedEarly = (): AppError =>
  new AppError(UNAVAILABLE, 'the stream ended before it began; connect again');

const jittered = ({ base, random }: typeof RETRY_MS): number => Math.round(base + Math.random() * random);

/** When a reader of a stopping instance connects again, in milliseconds. */
export const retryAfterStopMs = (): number => jittered(RETRY_AFTER_STOP_MS);
