import { createParser, type EventSourceMessage } from 'eventsource-parser';

/** One part of a stream of server-sent events, in the order of arrival. */
export type StreamPart =
  | { kind: 'message'; name: string; data: string; id: string | undefined }
  /** The stream was read up to this cursor; no event had to be sent. */
  | { kind: 'position'; cursor: string }
  /** When to connect again after the end of the connection, in milliseconds. */
  | { kind: 'retry'; ms: number };

/** The server sends a comment every 15 s. A connection that is silent for longer than this is dead. */
const MAX_SILENCE_MS = 45_000;

const POSITION = 'position ';

/**
 * The parts of a stream until the connection ends.
 *
 * @throws Error when the connection breaks, or is silent for 45 s.
 */
export async function* partsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<StreamPart> {
  const parts: StreamPart[] = [];
  const parser = createParser({
    onEvent: ({ event = 'message', data, id }: EventSourceMessage) =>
      parts.push({ kind: 'message', name: event, data, id }),
    onRetry: (ms) => parts.push({ kind: 'retry', ms }),
    onComment: (text) => {
      if (text.startsWith(POSITION)) parts.push({ kind: 'position', cursor: text.slice(POSITION.length) });
    },
  });
  for await (const text of textsOf(body)) {
    parser.feed(text);
    yield* parts.splice(0);
  }
}

async function* textsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  try {
    for (;;) {
      const { value, done } = await unlessSilent(reader.read());
      if (done) return;
      yield decoder.decode(value, { stream: true });
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

async function unlessSilent<T>(read: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('the connection is silent')), MAX_SILENCE_MS);
  });
  try {
    return await Promise.race([read, silence]);
  } finally {
    clearTimeout(timer);
  }
}
