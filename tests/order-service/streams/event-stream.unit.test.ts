import { EventEmitter } from 'node:events';
import { type Response } from 'express';
import { expect } from 'chai';
import { type EventFilter } from '../../../src/order-service/orders/domain/event-filter';
import { type FedEvent } from '../../../src/order-service/orders/use-cases/read-public-events';
import { eventFrame } from '../../../src/order-service/streams/routes/event-json';
import { EventStream } from '../../../src/order-service/streams/routes/event-stream';
import { type OpenStream } from '../../../src/order-service/streams/workers/open-streams';
import { EXAMPLE_PUBLIC_EVENT } from '../../../src/shared/contracts/public-event-examples';
import { type OrderStatus } from '../../../src/shared/contracts/status-machines';
import { cursorBehind, encodeFeedCursor, type FeedCursor } from '../../../src/shared/event-log/feed-cursor';

const BUFFER_BYTES = 100_000;
const MINUTE_MS = 60_000;

const cursorAt = (position: number): FeedCursor => cursorBehind(String(position), EXAMPLE_PUBLIC_EVENT.id);

function fed(version: number, status: OrderStatus = 'SHIPPED'): FedEvent {
  const order = { ...EXAMPLE_PUBLIC_EVENT.data.order, status, version };
  return {
    event: { ...EXAMPLE_PUBLIC_EVENT, version, data: { order } },
    owner: 'shop',
    cursor: cursorAt(100 + version),
  };
}

/** A response that keeps what is written; `unread` is the number of bytes that wait. */
class TestResponse extends EventEmitter {
  text = '';
  unread = 0;
  destroyed = false;
  writableFinished = false;
  readonly req = { headers: { authorization: 'x' }, rawHeaders: ['authorization', 'x'] };
  readonly sent: Record<string, string> = {};

  get writableLength(): number {
    return this.unread;
  }

  status(): this {
    return this;
  }

  set(headers: Record<string, string>): this {
    Object.assign(this.sent, headers);
    return this;
  }

  write(part: string | Buffer): boolean {
    this.text += part.toString();
    return true;
  }

  end(part: string): void {
    this.text += part;
    this.writableFinished = true;
  }

  destroy(): void {
    this.destroyed = true;
  }
}

function scene(filter: EventFilter = {}) {
  const response = new TestResponse();
  const state = { cursor: cursorAt(100), resumed: 0, isClosed: false, delivered: 0, dropped: 0 };
  const open = new Set<OpenStream>();
  const stream = new EventStream(
    response as unknown as Response,
    { clientId: 'shop', jti: 'j', scopes: [], expiresAt: 0 },
    'shop',
    filter,
    {
      openStreams: { remove: (_caller: unknown, one: OpenStream) => open.delete(one) } as never,
      bufferBytes: BUFFER_BYTES,
      onDelivered: (events) => void (state.delivered += events),
      onDropped: () => void (state.dropped += 1),
    },
  );
  open.add(stream);
  stream.attach({
    cursor: () => state.cursor,
    resume: () => void (state.resumed += 1),
    close: () => void (state.isClosed = true),
  });
  return { response, stream, state, open };
}

const now = (): number => performance.now();

describe('a stream of server-sent events', () => {
  it('given its beginning, then the headers, a retry with jitter and the position, and the headers of the request are forgotten', () => {
    const { response, stream, state } = scene();
    stream.begin(null);
    const id = encodeFeedCursor(cursorAt(100));
    const [, retry, rest] = /^retry: (\d+)\n([^]*)$/.exec(response.text) ?? [];
    expect(Number(retry)).to.be.within(1_000, 3_000);
    expect(rest).to.equal(`: position ${id}\nid: ${id}\n\n`);
    expect(response.sent['Content-Type']).to.equal('text/event-stream');
    expect([response.req.headers, response.req.rawHeaders, state.resumed]).to.deep.equal([{}, [], 1]);
  });

  it('given no events, then a comment every 15 s; given other events in the feed, then the position too', () => {
    const { response, stream, state } = scene();
    stream.begin(null);
    response.text = '';
    stream.onTick(now() + 15_000);
    expect(response.text).to.equal(': keep-alive\n\n');
    stream.onTick(now() + 29_000);
    expect(response.text).to.equal(': keep-alive\n\n');
    state.cursor = cursorAt(200);
    stream.onTick(now() + 31_000);
    const id = encodeFeedCursor(cursorAt(200));
    expect(response.text).to.equal(`: keep-alive\n\n: position ${id}\nid: ${id}\n\n`);
  });

  it('given a present state whose event comes again from the feed, then it is sent once', () => {
    const { response, stream } = scene({ orderId: EXAMPLE_PUBLIC_EVENT.order_id });
    stream.begin(fed(3));
    stream.onEvents([fed(3), fed(4)]);
    expect(response.text.match(/^event: .+$/gm)).to.have.length(2);
    expect(response.text, 'no cursor before it').to.match(/^retry: \d+\n\nid: \S+\nevent: /);
  });

  it('given the final status of its order, then the stream ends behind it; a stream of all orders goes on', () => {
    const [one, all] = [scene({ orderId: EXAMPLE_PUBLIC_EVENT.order_id }), scene()];
    for (const { stream } of [one, all]) {
      stream.begin(null);
      stream.onEvents([fed(4), fed(5, 'DELIVERED')]);
    }
    expect(one.response.text).to.match(/^event: order_ended$/m);
    expect([one.state.isClosed, one.open.size, one.response.writableFinished]).to.deep.equal([true, 0, true]);
    expect(all.response.text).to.not.contain('order_ended');
    expect(all.state.isClosed).to.equal(false);
  });

  it('given a reader that does not read, then it is paused, and disconnected after ten seconds unless it reads on', () => {
    const { response, stream, state, open } = scene();
    stream.begin(null);
    response.unread = BUFFER_BYTES;
    expect(stream.onEvents([fed(1)])).to.equal(false);
    stream.onTick(now() + 9_000);
    expect(response.destroyed).to.equal(false);
    response.emit('drain');
    expect(state.resumed).to.equal(2);
    stream.onTick(now() + MINUTE_MS);
    expect(response.destroyed).to.equal(false);
    expect(stream.onEvents([fed(2)])).to.equal(false);
    stream.onTick(now() + 11_000);
    expect([response.destroyed, state.isClosed, state.dropped, open.size]).to.deep.equal([true, true, 1, 0]);
    expect(state.delivered).to.equal(2);
  });

  it('given a reader that disconnects, then its subscription is closed, and nothing more is written', () => {
    const { response, stream, state, open } = scene();
    stream.begin(null);
    response.emit('close');
    const { text } = response;
    stream.onTokenEnd('token_expired');
    expect([state.isClosed, open.size, response.text]).to.deep.equal([true, 0, text]);
  });

  it('given an end before the beginning, then no stream begins', () => {
    const { response, stream } = scene();
    stream.onEnd('shutdown', null);
    expect(() => stream.begin(null)).to.throw('the stream ended before it began');
    expect(response.text).to.equal('');
  });

  it('given a stop of the instance, then the reader is told when to come back', () => {
    const { response, stream } = scene();
    stream.begin(null);
    stream.onEnd('shutdown', null);
    const [, retry] = /retry: (\d+)\nevent: server_stopping\ndata: .+\n\n$/.exec(response.text) ?? [];
    expect(Number(retry)).to.be.within(500, 5_000);
  });

  it('given an event for many listeners, then its text is made once', () => {
    const one = fed(1);
    expect(eventFrame(one)).to.equal(eventFrame(one));
  });
});
