import { AsyncResource } from 'node:async_hooks';
import { type RawData, type WebSocket } from 'ws';
import {
  CLOSE_CODES,
  END_CLOSE_CODES,
  type EndCode,
  WEBSOCKET_PATH,
} from '../../../shared/contracts/websocket-messages';
import { problemOf } from '../../../shared/http/error-handler';
import { type Logger } from '../../../shared/observability/logger';
import {
  isStalledTooLong,
  type Liveness,
  livenessStep,
  type MessageAllowance,
  type MessageRate,
  type ReaderLimits,
  type StalledSince,
  stalledAfter,
  takeMessage,
} from '../domain/websocket-limits';
import { type OpenStream, type TokenEnd } from '../workers/open-streams';
import { noticeOf } from './stream-notices';
import { type StartSubscription } from './start-subscription';
import { Subscriptions } from './websocket-subscriptions';
import { errorText, messageText, receivedMessage } from './websocket-text';

export interface WebSocketLimits extends ReaderLimits, MessageRate {
  maxSubscriptions: number;
  /** The number of messages that may wait to be handled; with more, no further ones are read. */
  maxWaiting: number;
  pingIntervalMs: number;
}

/** @param bufferBytes the number of bytes that may wait for a client. */
export const webSocketLimits = (maxSubscriptions: number, bufferBytes: number): WebSocketLimits => ({
  maxSubscriptions,
  // Enough to end and start all subscriptions at once.
  burst: 50 + 2 * maxSubscriptions,
  perSecond: 20,
  maxWaiting: 16,
  pingIntervalMs: 20_000,
  maxBufferedBytes: bufferBytes,
  resumeBelowBytes: bufferBytes / 4,
  maxStallMs: 10_000,
});

export interface ConnectionOptions {
  socket: WebSocket;
  /** The owner whose events the connection may see; null: all. */
  visibleOwner: string | null;
  startSubscription: StartSubscription;
  limits: WebSocketLimits;
  logger: Logger;
  /** How long a client of a stopping instance should wait before it connects again, in milliseconds. */
  retryMs: () => number;
  /** Called with the number of events that were sent. */
  onDelivered: (events: number) => void;
  /** Called when a client is disconnected because it does not read. */
  onDropped: () => void;
}

/** A WebSocket and its subscriptions. Its messages are handled one after the other, in the context of the request that opened it. */
export class WebSocketConnection implements OpenStream {
  private readonly subscriptions: Subscriptions;
  private readonly waiting: string[] = [];
  private isHandling = false;
  private isEnded = false;
  private allowance: MessageAllowance;
  private liveness: Liveness;
  private stalledSince: StalledSince = null;

  constructor(private readonly options: ConnectionOptions) {
    const { socket, limits, startSubscription: start, visibleOwner } = options;
    const now = performance.now();
    this.allowance = { left: limits.burst, at: now };
    // After an outage many connections open at once; their pings are spread over the interval.
    this.liveness = { pingedAt: now - Math.random() * limits.pingIntervalMs, hasAnswered: true };
    this.subscriptions = new Subscriptions({
      start,
      visibleOwner,
      max: limits.maxSubscriptions,
      send: (text) => this.send(text),
      hasRoom: () => !this.isStalled(),
      onDelivered: options.onDelivered,
      onFailure: (id, error) => this.sendError(id, error),
      onStop: () => this.end('server_stopping'),
    });
    socket.on(
      'message',
      AsyncResource.bind((data: RawData, isBinary: boolean) => this.receive(data, isBinary)),
    );
    for (const event of ['ping', 'pong'] as const) socket.on(event, () => this.count());
    // The library has closed the connection with the code of the error: 1002, 1007 or 1009.
    socket.on('error', () => undefined);
    socket.on('close', () => this.release());
  }

  /** Sends a ping when it is due, and ends a connection that is dead or reads too slowly. */
  onTick(now: number): void {
    const { socket, limits } = this.options;
    if (this.isStalled(now) && isStalledTooLong(this.stalledSince, limits, now)) return this.drop();
    const step = livenessStep(this.liveness, limits.pingIntervalMs, now);
    if (step === 'terminate') return socket.terminate();
    if (step === 'none' || this.isEnded) return;
    this.liveness = { pingedAt: now, hasAnswered: false };
    socket.ping();
  }

  onTokenEnd(reason: TokenEnd): void {
    this.end(reason);
  }

  /** Tells the client why the connection ends and where to continue, and closes it. */
  end(code: EndCode): void {
    if (this.isEnded) return;
    const retry = code === 'server_stopping' ? { retry_ms: this.options.retryMs() } : {};
    const { detail } = noticeOf(code);
    this.send(messageText({ kind: 'end', code, detail, ...retry, cursors: this.subscriptions.cursors() }));
    this.close(END_CLOSE_CODES[code], code);
  }

  private drop(): void {
    if (!this.isEnded) this.options.onDropped();
    this.end('slow_reader');
  }

  /** Closes the connection without a close frame. */
  terminate(): void {
    this.release();
    this.options.socket.terminate();
  }

  private receive(data: RawData, isBinary: boolean): void {
    if (this.isEnded || !this.count()) return;
    if (isBinary) return this.close(CLOSE_CODES.binary, 'send text messages');
    this.waiting.push((data as Buffer).toString('utf8'));
    if (this.waiting.length > this.options.limits.maxWaiting) this.options.socket.pause();
    if (!this.isHandling) void this.handleWaiting();
  }

  /** Counts a message or control frame; false when there were too many, and the connection is closed. */
  private count(): boolean {
    this.liveness.hasAnswered = true;
    const allowance = takeMessage(this.allowance, this.options.limits, performance.now());
    if (allowance) this.allowance = allowance;
    else this.close(CLOSE_CODES.flood, 'too many messages');
    return allowance !== null;
  }

  /** Handles messages while the client reads their answers; the others wait until it does. */
  private async handleWaiting(): Promise<void> {
    this.isHandling = true;
    while (!this.isStalled()) {
      const text = this.waiting.shift();
      if (text === undefined) break;
      await this.handle(text);
    }
    this.isHandling = false;
    if (this.waiting.length === 0) this.options.socket.resume();
  }

  private async handle(text: string): Promise<void> {
    let id: string | null = null;
    try {
      const message = receivedMessage(text);
      id = message.id;
      await this.subscriptions.handle(message.parse());
    } catch (error) {
      this.sendError(id, error);
    }
  }

  private readonly sendError = AsyncResource.bind((id: string | null, error: unknown): void => {
    const problem = problemOf(error, WEBSOCKET_PATH, this.options.logger);
    this.send(errorText(problem, { id, subscribed: this.subscriptions.has(id) }));
  });

  private send(text: string): void {
    if (!this.isEnded) this.options.socket.send(text, this.onSent);
  }

  private readonly onSent = (): void => {
    if (this.stalledSince === null || this.isStalled() || this.isEnded) return;
    this.subscriptions.resumeAll();
    if (!this.isHandling) this.handleAgain();
  };

  private readonly handleAgain = AsyncResource.bind((): void => void this.handleWaiting());

  /** Looks at the bytes that wait for the client. */
  private isStalled(now = performance.now()): boolean {
    const { socket, limits } = this.options;
    this.stalledSince = stalledAfter(this.stalledSince, socket.bufferedAmount, limits, now);
    return this.stalledSince !== null;
  }

  private close(code: number, reason: string): void {
    this.release();
    // The answer of the client must be read.
    this.options.socket.resume();
    this.options.socket.close(code, reason);
  }

  private release(): void {
    this.isEnded = true;
    this.waiting.length = 0;
    this.subscriptions.closeAll();
  }
}
