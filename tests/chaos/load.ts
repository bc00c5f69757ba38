import { setTimeout as delay } from 'node:timers/promises';
import { orderApi } from './api';
import { type CallApi, type History, type OrderHistory } from './history';
import { isForLater, outcomeOf, refusalIn } from './outcomes';
import { type Random } from './random';
import { repeatUntilKnown } from './repeat';
import { fillCart } from './stock/carts';
import { planPurchase, type Purchase, unitsOf } from './stock/purchases';

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
  const { goods, purchases, refusals } = history.stock;
  let hasGivenUp = false;
  const isOver = (): boolean => hasGivenUp;

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
    const ofShop = goods.filter(({ client }) => client === order.client);
    const purchase = planPurchase(ofShop, random);
    purchases.set(order.key, unitsOf(purchase, ofShop));
    const body = await bodyOf(order, purchase);
    if (body === null || !(await place(order, body, isImpatient))) return;
    await Promise.all([
      after(then.replay, () => replay(order, body)),
      after(then.read, () => readSome(order)),
      after(then.cancel, () =>
        call(order, 'cancel', { method: 'POST', path: `/orders/${order.orderId!}/cancel` }),
      ),
    ]);
  }

  /** Null when the customer does not order what was in the cart. */
  async function bodyOf(order: OrderHistory, { items, cart }: Purchase): Promise<object | null> {
    const body = { customer_id: order.key, items };
    if (cart === null) return body;
    const reservationId = await fillCart({ call, isOver, history }, order, items, cart);
    return reservationId === null ? null : { ...body, reservation_id: reservationId };
  }

  async function after(ms: number | null, act: () => Promise<unknown>): Promise<void> {
    if (ms === null) return;
    await delay(ms);
    if (!isOver()) await act();
  }

  async function place(order: OrderHistory, body: object, isImpatient: boolean): Promise<boolean> {
    const answer = await repeatUntilKnown(() => create(order, 'create', body), { isOver, isImpatient });
    if (answer?.outcome === 'ok') {
      const { status, text } = answer;
      order.orderId = (JSON.parse(text) as { order_id: string }).order_id;
      order.answer = { status, text };
      history.successes.push(performance.now());
      onPlaced(order);
      return true;
    }
    if (answer?.outcome === 'fail') {
      const what = `refused with ${answer.status}: ${answer.text}`;
      history.breaches.push({ invariant: 'load', what, key: order.key });
    }
    if (answer) return false;
    order.abandoned = true;
    if (!isImpatient) {
      const what = `none in ${String(order.calls.length)} calls, long after the last fault`;
      history.breaches.push({ invariant: 'I11 whoever asks again gets an answer', what, key: order.key });
    }
    return false;
  }

  const create = (order: OrderHistory, operation: 'create' | 'replay', body: object) =>
    call(order, operation, {
      ...{ method: 'POST', path: '/orders', body },
      headers: { 'Idempotency-Key': order.key },
    });

  /** Only of an order that was answered, so it was committed before: whatever answers now has nothing left to do. */
  async function replay(order: OrderHistory, body: object): Promise<void> {
    const { status, text, isReplayed } = await create(order, 'replay', body);
    const first = order.answer!;
    if (isReplayed && status === first.status && text === first.text) return;
    if (isForLater(status) && refusalIn(status, text) === null) return;
    const what = `a replay was answered with ${status}${isReplayed ? '' : ', not as a replay'}: ${text} instead of ${first.status}: ${first.text}`;
    history.breaches.push({ invariant: 'I7 replays are the first answer', what, key: order.key });
  }

  /** A few reads by its owner, whose versions must not go back, and one by the other shop, which must find nothing. */
  async function readSome(order: OrderHistory): Promise<void> {
    const path = `/orders/${order.orderId!}`;
    for (let n = 0; n < 3 && !isOver(); n += 1) {
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

  const call: CallApi = async (order, operation, asked) => {
    const at = performance.now();
    const answer = await request({ client: order.client, ...asked });
    const { status, text } = answer;
    const outcome = outcomeOf(status, text);
    const refusal = refusalIn(status, text);
    if (refusal !== null) refusals.set(refusal, (refusals.get(refusal) ?? 0) + 1);
    order.calls.push({ at, operation, outcome, answer: refusal ?? status, took: performance.now() - at });
    return { ...answer, outcome };
  };

  return { finished: placeAll(), giveUp: () => (hasGivenUp = true) };
}
