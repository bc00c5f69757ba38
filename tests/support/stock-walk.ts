import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { randomUUID } from 'node:crypto';
import { type ApplyShipmentStatus } from '../../src/order-service/orders/use-cases/apply-shipment-status';
import { type ShipmentMessage } from '../../src/shared/contracts/messages';
import { isRetryable } from '../../src/shared/errors';
import { originOf } from '../../src/shared/event-log/event';
import { type ApiClient, type ApiResponse } from './api-client';
import { line, type TestProduct } from './stock-scene';
import { orderBody } from './factories';
import { envelope, statusPayload } from './messages';
import { repeatWhile503 } from './repeat-while-503';
import { rowsOf } from './rows';

const WITHIN_MS = 20_000;

/** The ways of a shipment: shipped and returned, or cancelled. */
const RETURNED = ['PROCESSING', 'SHIPPED', 'IN_TRANSIT', 'OUT_FOR_DELIVERY', 'DELIVERY_FAILED', 'RETURNED'];
const CANCELLED = ['PROCESSING', 'CANCELLED'];

export interface Walk {
  /** An instance chosen at random. */
  api(): ApiClient;
  products: readonly TestProduct[];
  apply: ApplyShipmentStatus;
  url: string;
  /** The orders that are placed and not ended, with the messages that each has applied. */
  open: { orderId: string; way: string[]; applied: number }[];
  reservations: string[];
  placed: Set<string>;
  statuses: Map<string, number>;
}

export type Step = (walk: Walk) => Promise<void>;

const chance = (share: number): boolean => Math.random() < share;
export const number = (below: number): number => Math.floor(Math.random() * below);
export const oneOf = <T>(values: readonly T[]): T => values[number(values.length)]!;

/** Takes a random element out of a list; undefined when it is empty. */
const taken = <T>(values: T[]): T | undefined => values.splice(number(values.length), 1)[0];

async function request(
  walk: Walk,
  name: string,
  send: (key: string) => Promise<ApiResponse>,
): Promise<ApiResponse> {
  const key = randomUUID();
  const answer = await repeatWhile503(() => send(key), WITHIN_MS);
  expect(answer.status, `${name}: ${answer.text}`).to.be.below(500);
  const outcome = `${name} ${answer.status}`;
  walk.statuses.set(outcome, (walk.statuses.get(outcome) ?? 0) + 1);
  return answer;
}

const someItems = (walk: Walk): object[] => {
  const items = Array.from({ length: 1 + number(3) }, () => line(oneOf(walk.products), 1 + number(3)));
  return chance(0.2) ? [...items, line('free', 1, { unit_price: 1 })] : items;
};

async function placeWith(walk: Walk, more: object): Promise<ApiResponse> {
  const body = orderBody({ items: someItems(walk), ...more });
  const answer = await request(walk, 'place', (key) =>
    walk.api().post('/orders', body, { 'Idempotency-Key': key }),
  );
  if (answer.status !== 201) return answer;
  const orderId = answer.body.order_id as string;
  walk.placed.add(orderId);
  walk.open.push({ orderId, way: chance(0.4) ? CANCELLED : RETURNED, applied: 0 });
  return answer;
}

const place: Step = async (walk) => void (await placeWith(walk, {}));

const convert: Step = async (walk) => {
  const reservation = taken(walk.reservations);
  if (reservation === undefined) return;
  await placeWith(walk, { reservation_id: reservation });
};

/** Applies the next message of an open order, sometimes twice, as a queue delivers it. */
const move: Step = async (walk) => {
  const order = taken(walk.open);
  if (!order) return;
  const status = order.way[order.applied]!;
  const message = envelope({
    type: 'SHIPMENT_STATUS_CHANGED',
    order_id: order.orderId,
    version: order.applied + 1,
    payload: {
      ...statusPayload(status, randomUUID()),
      previous_status: order.way[order.applied - 1] ?? null,
    },
  }) as ShipmentMessage;
  await applied(walk, message);
  if (chance(0.1)) await applied(walk, message);
  order.applied += 1;
  if (order.applied < order.way.length) walk.open.push(order);
};

async function applied({ apply, statuses }: Walk, message: ShipmentMessage): Promise<void> {
  for (;;) {
    try {
      const outcome = await apply(message, originOf('delivery-service'));
      statuses.set(outcome, (statuses.get(outcome) ?? 0) + 1);
      return;
    } catch (error) {
      if (!isRetryable(error)) throw error;
      await delay(20);
    }
  }
}

const adjust: Step = async (walk) => {
  const { product_id: id } = oneOf(walk.products);
  const body = chance(0.3) ? { on_hand: number(30) } : { adjust: number(12) - 4, reason: 'count' };
  await request(walk, 'adjust', (key) =>
    walk.api().put(`/products/${id}/stock`, body, { 'Idempotency-Key': key }),
  );
};

const reserve: Step = async (walk) => {
  const codes = new Set(Array.from({ length: 1 + number(2) }, () => oneOf(walk.products).sku));
  const items = [...codes].map((sku) => line(sku, 1 + number(3)));
  const answer = await request(walk, 'reserve', (key) =>
    walk.api().post('/reservations', { items }, { 'Idempotency-Key': key }),
  );
  if (answer.status === 201) walk.reservations.push(answer.body.reservation_id as string);
};

/** Lets a reservation end; the loops of the instances release it. It can still be chosen for an order. */
const expire: Step = async ({ url, reservations }) => {
  if (reservations.length === 0) return;
  const expired = `UPDATE reservations SET expires_at = now() - interval '1 s' WHERE reservation_id = $1 AND status = 'active'`;
  await rowsOf(url, expired, [oneOf(reservations)]);
};

const STEPS_BY_CHANCE: readonly [Step, number][] = [
  [place, 35],
  [move, 30],
  [adjust, 12],
  [reserve, 12],
  [convert, 6],
  [expire, 5],
];
export const CHOICES = STEPS_BY_CHANCE.flatMap(([step, weight]) => Array<Step>(weight).fill(step));
