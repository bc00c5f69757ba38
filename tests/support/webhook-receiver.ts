import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { expect } from 'chai';
import { groupBy } from '../../src/shared/group-by';

/** A request that the receiver got. */
export interface ReceivedWebhook {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
  /** The event id. */
  id: string;
  orderId: string;
  version: number;
  type: string;
  /** In milliseconds since 1970. */
  at: number;
}

export interface ReceiverAnswer {
  status?: number;
  headers?: Record<string, string>;
  body?: string;
  /** In milliseconds; `never` keeps the request open. */
  after?: number | 'never';
}

export type Behaviour = (webhook: ReceivedWebhook) => ReceiverAnswer;

/** A server of a customer, on loopback. */
export interface WebhookReceiver {
  readonly origin: string;
  readonly received: ReceivedWebhook[];
  /** The highest number of simultaneous requests, by path. */
  readonly mostOpen: ReadonlyMap<string, number>;
  /** Answers requests for a path; by default 200 at once. */
  answer(path: string, behaviour: Behaviour): void;
  of(path: string): ReceivedWebhook[];
  stop(): Promise<void>;
}

interface Parsed {
  id: string;
  order_id: string;
  version: number;
  type: string;
}

/** @param port 0: any */
export async function startWebhookReceiver(port = 0): Promise<WebhookReceiver> {
  const received: ReceivedWebhook[] = [];
  const behaviours = new Map<string, Behaviour>();
  const open = new Map<string, number>();
  const mostOpen = new Map<string, number>();
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    open.set(path, (open.get(path) ?? 0) + 1);
    mostOpen.set(path, Math.max(mostOpen.get(path) ?? 0, open.get(path)!));
    response.on('close', () => open.set(path, open.get(path)! - 1));
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const { id, order_id: orderId, version, type } = JSON.parse(body) as Parsed;
      const webhook = { path, headers: request.headers, body, id, orderId, version, type, at: Date.now() };
      received.push(webhook);
      reply(response, behaviours.get(path)?.(webhook) ?? {});
    });
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    mostOpen,
    answer: (path, behaviour) => void behaviours.set(path, behaviour),
    of: (path) => received.filter((webhook) => webhook.path === path),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function reply(
  response: ServerResponse,
  { status = 200, headers = {}, body = '', after = 0 }: ReceiverAnswer,
): void {
  if (after === 'never') return;
  const answer = (): void => void response.writeHead(status, headers).end(body);
  if (after === 0) answer();
  else setTimeout(answer, after);
}

/** Checks that every version of the orders was received, each under one id, and none after a later version of its order. */
export function expectEveryVersion(
  received: readonly ReceivedWebhook[],
  orderIds: readonly string[],
  versions: number,
): void {
  const ofOrders = groupBy(received, ({ orderId }) => orderId);
  const all = Array.from({ length: versions }, (_, index) => index + 1);
  for (const orderId of orderIds) {
    const events = ofOrders.get(orderId) ?? [];
    const order = events.map(({ version }) => version);
    expect([...new Set(order)], orderId).to.deep.equal(all);
    expect(order, orderId).to.deep.equal(order.toSorted((a, b) => a - b));
    expect(new Set(events.map(({ id }) => id)).size, orderId).to.equal(versions);
  }
}
