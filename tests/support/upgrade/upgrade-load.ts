import { setTimeout as delay } from 'node:timers/promises';
import { type ApiAnswer, type ApiRequest, orderApi } from '../../chaos/api';
import { type History, newHistory, type OrderHistory } from '../../chaos/history';
import { bodyOf } from './former-rows';

/** An order that was accepted before, with its answer. */
export interface KnownOrder {
  key: string;
  client: string;
  /** Of the request. */
  body: object;
  response: string;
}

export interface UpgradeLoad {
  readonly history: History;
  readonly newBody: (key: string) => object;
  /** The answers that were not as expected: also the 503 of a request that has waited too long for a lock. */
  readonly faults: string[];
  /** Sends the following requests to these addresses, alternating. */
  serveFrom(urls: readonly string[]): void;
  /** Resolves when every request that was sent to the address has been answered. */
  untilAnswered(url: string): Promise<void>;
  /** Resolves when the orders that were begun have had all their requests. */
  stop(): Promise<void>;
}

export interface UpgradeLoadOptions {
  urls: readonly string[];
  ordersPerSecond: number;
  /** Accepted orders whose requests are repeated. */
  known: readonly KnownOrder[];
  /** Of the keys of the new orders. */
  prefix: string;
  /** The body of the request for a new order, for its key; default: an order without products of the catalogue. */
  newBody?: (key: string) => object;
}

const CLIENTS = ['demo-client', 'demo-other'];
const PAUSE_MS = 250;
/** Long enough for a busy machine. */
const TIMEOUT_MS = 30_000;

/**
 * Places orders at an even pace, each at the next address. Its request is repeated and it is cancelled at the address after that one; reads,
 * lists, and repeats of the requests of known orders follow.
 */
export function startUpgradeLoad({
  urls,
  ordersPerSecond,
  known,
  prefix,
  newBody = bodyOf,
}: UpgradeLoadOptions): UpgradeLoad {
  const history = newHistory();
  const faults: string[] = [];
  const sent = new Map<string, Set<Promise<ApiAnswer>>>();
  const apis = new Map<string, ReturnType<typeof orderApi>>();
  let targets = urls;
  let isStopped = false;

  async function call(turn: number, request: ApiRequest, expected: readonly string[]): Promise<ApiAnswer> {
    const url = targets[turn % targets.length]!;
    const api = apis.get(url) ?? orderApi(url, TIMEOUT_MS);
    apis.set(url, api);
    const answer = await untilDone(sentTo(url), api(request));
    if (!expected.includes(answer.status))
      faults.push(`${request.method} ${request.path} at ${url}: ${answer.status} ${answer.text}`);
    return answer;
  }

  function sentTo(url: string): Set<Promise<ApiAnswer>> {
    const requests = sent.get(url) ?? new Set<Promise<ApiAnswer>>();
    sent.set(url, requests);
    return requests;
  }

  async function placeAll(): Promise<void> {
    const running: Promise<void>[] = [];
    for (let number = 0; !isStopped; number += 1) {
      running.push(live(number));
      await delay(1_000 / ordersPerSecond);
    }
    await Promise.all(running);
  }

  async function live(number: number): Promise<void> {
    const order = newOrder(`${prefix}-${String(number)}`, CLIENTS[number % CLIENTS.length]!);
    const headers = isWithoutKey(number) ? {} : { 'Idempotency-Key': order.key };
    const placing = {
      method: 'POST',
      path: '/orders',
      client: order.client,
      body: newBody(order.key),
      headers,
    };
    const placed = await call(number, placing, ['201']);
    if (placed.status !== '201') return;
    if (placed.isReplayed) faults.push(`${order.key} was answered as a replay`);
    order.answer = { status: placed.status, text: placed.text };
    order.orderId = (JSON.parse(placed.text) as { order_id: string }).order_id;
    const path = `/orders/${order.orderId}`;
    await delay(PAUSE_MS);
    const repeated = await call(number + 1, placing, [isWithoutKey(number) ? '200' : '201']);
    expectReplay(order.key, repeated, placed.text);
    if (number % 3 === 0) {
      await delay(PAUSE_MS);
      await call(number + 1, { method: 'POST', path: `${path}/cancel`, client: order.client }, [
        '202',
        '409',
      ]);
    }
    await delay(PAUSE_MS);
    await call(number, { method: 'GET', path, client: order.client }, ['200']);
    if (number % 4 === 0)
      await call(number + 1, { method: 'GET', path: '/orders?limit=20', client: order.client }, ['200']);
    await repeatKnown(number, known[(number * 37) % known.length]);
  }

  function newOrder(key: string, client: string): OrderHistory {
    const order: OrderHistory = {
      key,
      client,
      orderId: null,
      answer: null,
      seenVersion: 0,
      abandoned: false,
      calls: [],
    };
    history.orders.set(key, order);
    return order;
  }

  async function repeatKnown(turn: number, order: KnownOrder | undefined): Promise<void> {
    if (order === undefined) return;
    const { key, client, body, response } = order;
    const headers = { 'Idempotency-Key': key };
    const request = { method: 'POST', path: '/orders', client, body, headers };
    expectReplay(key, await call(turn, request, ['201']), response);
  }

  function expectReplay(key: string, { isReplayed, text }: ApiAnswer, first: string): void {
    if (!isReplayed || text !== first) faults.push(`the replay of ${key} is ${text} instead of ${first}`);
  }

  const finished = placeAll();
  return {
    history,
    newBody,
    faults,
    serveFrom: (next) => void (targets = next),
    async untilAnswered(url) {
      await Promise.all(sentTo(url));
    },
    async stop() {
      isStopped = true;
      await finished;
    },
  };
}

/** Waits for a request, which is one of `requests` until then. */
async function untilDone<T>(requests: Set<Promise<T>>, request: Promise<T>): Promise<T> {
  requests.add(request);
  try {
    return await request;
  } finally {
    requests.delete(request);
  }
}

/** The orders that a load has placed with a key. */
export const knownOrders = ({ history, newBody }: UpgradeLoad): KnownOrder[] =>
  [...history.orders.values()].flatMap(({ key, client, answer }, number) =>
    answer === null || isWithoutKey(number)
      ? []
      : [{ key, client, body: newBody(key), response: answer.text }],
  );

/** Every fifth order is recognised by its content. */
const isWithoutKey = (number: number): boolean => number % 5 === 4;
