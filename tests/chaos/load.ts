import { Agent } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import axios, { type AxiosInstance } from 'axios';
import { type Call, type History, type OrderHistory } from './history';
import { type Random } from './random';

export interface LoadOptions {
  apiUrl: string;
  orders: number;
  /** Over how long they are spread, in milliseconds. */
  overMs: number;
  random: Random;
  history: History;
}

export interface Load {
  /** Resolves when every order is placed, or given up where that is meant. */
  finished: Promise<void>;
  /** No new repeats after this: what is not known now stays unknown. */
  giveUp(): void;
}

const CLIENTS = ['demo-client', 'demo-other'];
const TIMEOUT_MS = 5_000;
const CONNECTIONS = 128;
/** Shares of the orders that are also repeated, read, cancelled, or given up after the first answer that is none. */
const SHARE = { replayed: 0.15, read: 0.3, cancelled: 0.1, impatient: 0.03 };

/** Places orders at an even pace, as a good client does: with a key, and again under that key until it knows. */
export function startLoad({ apiUrl, orders, overMs, random, history }: LoadOptions): Load {
  const http = httpClient(apiUrl);
  const tokens = new Map<string, Promise<string>>();
  let isOver = false;

  async function placeAll(): Promise<void> {
    const start = performance.now();
    const running: Promise<void>[] = [];
    for (let number = 0; number < orders; number += 1) {
      const due = start + (number / orders) * overMs;
      if (due > performance.now()) await delay(due - performance.now());
      running.push(live(newOrder(number)));
    }
    await Promise.all(running);
  }

  function newOrder(number: number): OrderHistory {
    const key = `chaos-${String(number)}`;
    const order: OrderHistory = {
      key,
      client: CLIENTS[number % CLIENTS.length]!,
      orderId: null,
      body: null,
      seenVersion: 0,
      abandoned: false,
      calls: [],
    };
    history.orders.set(key, order);
    return order;
  }

  /** The life of an order at its client. Every choice is made before the first await, so that the seed decides it. */
  async function live(order: OrderHistory): Promise<void> {
    const isImpatient = random.next() < SHARE.impatient;
    const then = {
      replay: random.next() < SHARE.replayed ? random.between(0, 20_000) : null,
      read: random.next() < SHARE.read ? random.between(0, 5_000) : null,
      cancel: random.next() < SHARE.cancelled ? random.between(0, 2_500) : null,
    };
    if (!(await place(order, isImpatient))) return;
    await Promise.all([
      after(then.replay, () => replay(order)),
      after(then.read, () => readSome(order)),
      after(then.cancel, () => call(order, 'cancel', 'POST', `/orders/${order.orderId!}/cancel`)),
    ]);
  }

  async function after(ms: number | null, act: () => Promise<unknown>): Promise<void> {
    if (ms === null) return;
    await delay(ms);
    if (!isOver) await act();
  }

  async function place(order: OrderHistory, isImpatient: boolean): Promise<boolean> {
    for (let attempt = 0; !isOver; attempt += 1) {
      const { outcome, text, status } = await create(order, 'create');
      if (outcome === 'ok') {
        order.orderId = (JSON.parse(text) as { order_id: string }).order_id;
        order.body = text;
        history.successes.push(performance.now());
        return true;
      }
      if (outcome === 'fail') {
        history.breaches.push({ invariant: 'load', what: `refused with ${status}: ${text}`, key: order.key });
        return false;
      }
      if (isImpatient) break;
      await delay(Math.min(2_000, 50 * 2 ** attempt) * (0.5 + Math.random()));
    }
    order.abandoned = true;
    return false;
  }

  const create = (order: OrderHistory, operation: 'create' | 'replay') =>
    call(order, operation, 'POST', '/orders', bodyOf(order), { 'Idempotency-Key': order.key });

  async function replay(order: OrderHistory): Promise<void> {
    const { outcome, text } = await create(order, 'replay');
    if (outcome === 'ok' && text !== order.body) {
      const what = `a replay answered other bytes: ${text} instead of ${order.body!}`;
      history.breaches.push({ invariant: 'I7 replays are the same bytes', what, key: order.key });
    }
  }

  /** A few reads by its owner, whose versions must not go back, and one by the other shop, which must find nothing. */
  async function readSome(order: OrderHistory): Promise<void> {
    const path = `/orders/${order.orderId!}`;
    for (let n = 0; n < 3 && !isOver; n += 1) {
      const { outcome, text, status } = await call(order, 'read', 'GET', path);
      if (outcome === 'ok') versionSeen(order, text);
      else if (outcome === 'fail') {
        history.breaches.push({
          invariant: 'I1 accepted orders exist',
          what: `read: ${status}`,
          key: order.key,
        });
      }
      await delay(700);
    }
    const other = CLIENTS.find((client) => client !== order.client)!;
    const { status } = await call(order, 'foreign-read', 'GET', path, undefined, {}, other);
    if (status === '200') {
      history.breaches.push({
        invariant: 'I9 no data of others',
        what: 'another shop read it',
        key: order.key,
      });
    }
  }

  function versionSeen(order: OrderHistory, text: string): void {
    const { version, status } = JSON.parse(text) as { version: number; status: string };
    if (version < order.seenVersion) {
      const what = `version ${String(version)} (${status}) was read after version ${String(order.seenVersion)}`;
      history.breaches.push({ invariant: 'I5 statuses never go back', what, key: order.key });
    }
    order.seenVersion = Math.max(order.seenVersion, version);
  }

  async function call(
    order: OrderHistory,
    operation: Call['operation'],
    method: string,
    path: string,
    body?: object,
    headers: Record<string, string> = {},
    client = order.client,
  ) {
    const at = performance.now();
    const { status, text } = await request(method, path, client, body, headers);
    const outcome = outcomeOf(status);
    order.calls.push({ at, operation, outcome, answer: status, took: performance.now() - at });
    return { outcome, status, text };
  }

  async function request(
    method: string,
    path: string,
    client: string,
    body: object | undefined,
    headers: Record<string, string>,
  ): Promise<{ status: string; text: string }> {
    try {
      const token = await tokenOf(client);
      const response = await http.request<string>({
        method,
        url: path,
        headers: { ...headers, Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
        ...(body && { data: JSON.stringify(body) }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      if (response.status === 401) tokens.delete(client);
      return { status: String(response.status), text: response.data };
    } catch (error) {
      return { status: causeOf(error), text: '' };
    }
  }

  /** One request for a token at a time, however many orders wait for it: else they would wait for each other for ever. */
  function tokenOf(client: string): Promise<string> {
    const token = tokens.get(client) ?? newToken(client);
    tokens.set(client, token);
    token.catch(() => tokens.delete(client));
    return token;
  }

  async function newToken(client: string): Promise<string> {
    const response = await http.request<string>({
      method: 'POST',
      url: '/auth/token',
      data: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: client,
        client_secret: 'demo-secret',
      }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (response.status !== 200) throw new Error(`no token: ${String(response.status)}`);
    return (JSON.parse(response.data) as { access_token: string }).access_token;
  }

  return { finished: placeAll(), giveUp: () => (isOver = true) };
}

const bodyOf = ({ key }: OrderHistory): object => ({
  customer_id: key,
  items: [
    { product_id: 'lamp', quantity: 1, unit_price: 79.9 },
    { product_id: 'bulb', quantity: 3, unit_price: 2.5 },
  ],
});

/** 401 is a token of a clock that went wrong, 409 a request that still runs elsewhere or a parcel that has left: ask again. */
function outcomeOf(status: string): Call['outcome'] {
  if (/^2\d\d$/.test(status)) return 'ok';
  return /^4\d\d$/.test(status) && !['401', '408', '409', '429'].includes(status) ? 'fail' : 'unknown';
}

/** As a client of some size: connections are kept and few, whatever hangs; any status is an answer, any body a text. */
function httpClient(baseURL: string): AxiosInstance {
  return axios.create({
    baseURL,
    // A connection for each call: connections that are kept would all stay with the instance that outlived the other.
    httpAgent: new Agent({ keepAlive: false, maxSockets: CONNECTIONS }),
    proxy: false,
    validateStatus: () => true,
    responseType: 'text',
    transformResponse: (text: string) => text,
  });
}

function causeOf(error: unknown): string {
  const { code, message } = error as { code?: string; message: string };
  return code === 'ERR_CANCELED' ? 'timeout' : (code ?? message);
}
