import { setTimeout as delay } from 'node:timers/promises';
import { orderApi, type ApiRequest } from './api';
import { type Call, type History, type OrderHistory } from './history';
import { type Random } from './random';

export interface LoadOptions {
  apiUrl: string;
  orders: number;
  /** Over how long they are spread, in milliseconds. */
  overMs: number;
  random: Random;
  history: History;
  /** Called for each order as soon as its client knows it. */
  onPlaced: (order: OrderHistory) => void;
}

export interface Load {
  /** Resolves when every order is placed, or given up where that is meant. */
  finished: Promise<void>;
  /** No new repeats after this: what is not known now stays unknown. */
  giveUp(): void;
}

/** The shops that place the orders. */
export const CLIENTS = ['demo-client', 'demo-other'];
/** Shares of the orders that are also repeated, read, cancelled, or given up after the first answer that is none. */
const SHARE = { replayed: 0.15, read: 0.3, cancelled: 0.1, impatient: 0.03 };

/** Places orders at an even pace, as a good client does: with a key, and again under that key until it knows. */
export function startLoad({ apiUrl, orders, overMs, random, history, onPlaced }: LoadOptions): Load {
  const request = orderApi(apiUrl);
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
      answer: null,
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
      after(then.cancel, () =>
        call(order, 'cancel', { method: 'POST', path: `/orders/${order.orderId!}/cancel` }),
      ),
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
        order.answer = { status, text };
        history.successes.push(performance.now());
        onPlaced(order);
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
    if (!isImpatient) {
      const what = `none in ${String(order.calls.length)} calls, long after the last fault`;
      history.breaches.push({ invariant: 'I11 whoever asks again gets an answer', what, key: order.key });
    }
    return false;
  }

  const create = (order: OrderHistory, operation: 'create' | 'replay') =>
    call(order, operation, {
      ...{ method: 'POST', path: '/orders', body: bodyOf(order) },
      headers: { 'Idempotency-Key': order.key },
    });

  /** Only of an order that was answered, so it was committed before: whatever answers now has nothing left to do. */
  async function replay(order: OrderHistory): Promise<void> {
    const { status, text, isReplayed } = await create(order, 'replay');
    const first = order.answer!;
    if (isForLater(status) || (isReplayed && status === first.status && text === first.text)) return;
    const what = `a replay was answered with ${status}${isReplayed ? '' : ', not as a replay'}: ${text} instead of ${first.status}: ${first.text}`;
    history.breaches.push({ invariant: 'I7 replays are the first answer', what, key: order.key });
  }

  /** A few reads by its owner, whose versions must not go back, and one by the other shop, which must find nothing. */
  async function readSome(order: OrderHistory): Promise<void> {
    const path = `/orders/${order.orderId!}`;
    for (let n = 0; n < 3 && !isOver; n += 1) {
      const { outcome, text, status } = await call(order, 'read', { method: 'GET', path });
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
    const { status } = await call(order, 'foreign-read', { method: 'GET', path, client: other });
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
    asked: Omit<ApiRequest, 'client'> & Partial<ApiRequest>,
  ) {
    const at = performance.now();
    const answer = await request({ client: order.client, ...asked });
    const outcome = outcomeOf(answer.status);
    order.calls.push({ at, operation, outcome, answer: answer.status, took: performance.now() - at });
    return { ...answer, outcome };
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

function outcomeOf(status: string): Call['outcome'] {
  if (/^2\d\d$/.test(status)) return 'ok';
  return isForLater(status) ? 'unknown' : 'fail';
}

/**
 * No answer, a server in trouble, or a request to ask again: 401 is a token of a clock that went wrong, 408 a body that came too
 * slowly, 409 a request that still runs elsewhere or a parcel that has left, 429 too many.
 */
const isForLater = (status: string): boolean =>
  !/^[1-4]\d\d$/.test(status) || /^4(01|08|09|29)$/.test(status);
