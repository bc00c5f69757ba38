import { get, type ClientRequest, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { createParser } from 'eventsource-parser';
import { type System } from './system';

/** Settings for thousands of streams of one client from one address. */
export const MANY_STREAMS = { STREAMS_PER_CLIENT: '10000', MAX_CONNECTIONS_PER_ADDRESS: '0' };

/** Whether the build of a system has streams. */
export async function hasStreams({ apiUrl }: System): Promise<boolean> {
  const { paths } = (await (await fetch(`${apiUrl}/openapi.json`)).json()) as { paths: object };
  return '/orders/events' in paths;
}

export interface ReceivedEvent {
  id: string;
  version: number;
  /** When its last byte arrived, in milliseconds since 1970. */
  at: number;
}

/** The stream of all orders of the shop. */
export interface ShopStream {
  received: readonly ReceivedEvent[];
  close(): void;
}

export async function openShopStream({ apiUrl, tokens }: System): Promise<ShopStream> {
  const received: ReceivedEvent[] = [];
  const parser = createParser({
    onEvent({ data }) {
      const { id, version } = JSON.parse(data) as { id: string; version: number };
      received.push({ id, version, at: performance.timeOrigin + performance.now() });
    },
  });
  const headers = { Authorization: `Bearer ${tokens.shop}` };
  const request: ClientRequest = get(`${apiUrl}/orders/events`, { headers, agent: false });
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request.on('response', resolve).on('error', reject);
  });
  if (response.statusCode !== 200) throw new Error(`the stream was answered with ${response.statusCode}`);
  response.setEncoding('utf8').on('data', (text: string) => parser.feed(text));
  response.on('error', () => undefined);
  return { received, close: () => void request.destroy() };
}

const OPENED_AT_ONCE = 50;

/**
 * Opens streams that are read and not parsed, on bare sockets, which cost little memory and time here.
 *
 * @returns a function that closes them.
 */
export async function openSilentStreams(
  { apiUrl, tokens }: System,
  paths: readonly string[],
): Promise<() => void> {
  const sockets: Socket[] = [];
  for (let done = 0; done < paths.length; done += OPENED_AT_ONCE) {
    const some = paths.slice(done, done + OPENED_AT_ONCE);
    sockets.push(...(await Promise.all(some.map((path) => openSilent(apiUrl, path, tokens.shop)))));
  }
  return () => sockets.forEach((socket) => socket.destroy());
}

function openSilent(apiUrl: string, path: string, token: string): Promise<Socket> {
  const { hostname, port } = new URL(apiUrl);
  const socket = connect(Number(port), hostname);
  const head = [`GET ${path} HTTP/1.1`, `Host: ${hostname}`, `Authorization: Bearer ${token}`];
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('data', (first) => {
      const [status = ''] = first.toString('latin1').split('\r\n', 1);
      if (!status.includes(' 200 ')) return reject(new Error(`a stream was answered with ${status}`));
      socket.off('error', reject).on('error', () => undefined);
      socket.resume();
      resolve(socket);
    });
  });
}
