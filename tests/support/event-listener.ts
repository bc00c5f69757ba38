import { createParser } from 'eventsource-parser';
import { type AnyEvent } from './any-event';
import { eventually } from './eventually';
import { checkEvent, checkMessage } from './message-check';

/** One message of a stream; those without an id are the notices of the server. */
export interface StreamMessage {
  name: string;
  id: string | undefined;
  data: AnyEvent & { code?: string; earliest_cursor?: string };
}

/** A reader of server-sent events that keeps everything, and does not connect again by itself. */
export interface EventListener {
  status: number;
  headers: Headers;
  messages: StreamMessage[];
  comments: string[];
  retries: number[];
  /** The id that an EventSource would send when it connects again. */
  lastId(): string | undefined;
  /** `order version` of each event, in the order of arrival. */
  versions(): string[];
  /** Whether the server has ended the stream, or the connection broke. */
  hasEnded(): boolean;
  /** Waits until there are that many events. */
  until(events: number, withinMs?: number): Promise<void>;
  untilEnded(withinMs?: number): Promise<void>;
  close(): void;
}

export async function listen(
  url: string,
  token: string,
  headers: Record<string, string> = {},
): Promise<EventListener> {
  const closing = new AbortController();
  const response = await fetch(url, {
    headers: { Authorization: `Bearer ${token}`, ...headers },
    signal: closing.signal,
  });
  const kept = { messages: [] as StreamMessage[], comments: [] as string[], retries: [] as number[] };
  let [lastId, hasEnded]: [string | undefined, boolean] = [undefined, false];
  const parser = createParser({
    onEvent({ event: name = 'message', id, data }) {
      const content = JSON.parse(data) as StreamMessage['data'];
      if (id === undefined) checkMessage('streamEnd', content);
      else checkEvent(content);
      kept.messages.push({ name, id, data: content });
      lastId = id ?? lastId;
    },
    onComment(text) {
      kept.comments.push(text);
      if (text.startsWith('position ')) lastId = text.slice('position '.length);
    },
    onRetry: (ms) => kept.retries.push(ms),
  });
  const events = () => kept.messages.filter(({ id }) => id !== undefined);
  void read(response, (text) => parser.feed(text)).finally(() => (hasEnded = true));
  return {
    ...kept,
    status: response.status,
    headers: response.headers,
    lastId: () => lastId,
    versions: () => events().map(({ data }) => `${data.order_id} ${data.version}`),
    hasEnded: () => hasEnded,
    until: (count, withinMs) =>
      eventually(() => {
        if (events().length < count) throw new Error(`${events().length} of ${count} events`);
      }, withinMs),
    untilEnded: (withinMs) =>
      eventually(() => {
        if (!hasEnded) throw new Error('the stream has not ended');
      }, withinMs),
    close: () => closing.abort(),
  };
}

async function read({ body }: Response, onText: (text: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  try {
    for await (const bytes of body ?? []) onText(decoder.decode(bytes as Uint8Array, { stream: true }));
  } catch {
    // The connection was closed by one of the sides.
  }
}
