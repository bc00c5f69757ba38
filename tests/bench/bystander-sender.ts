import { setTimeout as delay } from 'node:timers/promises';
import { type OrderLine, orderRequest } from './order-requests';

/** Buyers who order at regular intervals, whatever the answers are. */
export interface BystanderOptions {
  url: string;
  /** Orders of each kind. */
  perSecond: number;
  /** What the buyers of each kind order, each with a key of its own. */
  kinds: Readonly<Record<string, { token: string; items: readonly OrderLine[] }>>;
}

/** The answers to the orders of a kind that were due since the previous question. */
export interface BystanderAnswers {
  /** From the time at which an order was due until its answer, in milliseconds. */
  took: number[];
  /** Orders that were not accepted. */
  errors: number;
}

export type AnswersByKind = Record<string, BystanderAnswers>;

const ACCEPTED = 201;

/** Each message from the parent but the first one, with the options, is answered with the answers since the previous one. */
function sendOrders({ url, perSecond, kinds }: BystanderOptions): void {
  let answers = emptyAnswers(kinds);
  let open: Promise<void>[] = [];

  async function order(kind: string, due: number, into: AnswersByKind): Promise<void> {
    const { token, items } = kinds[kind]!;
    const { path, ...request } = orderRequest(token, items);
    const response = await fetch(url + path, request).catch(() => null);
    await response?.arrayBuffer().catch(() => null);
    if (response?.status === ACCEPTED) into[kind]!.took.push(performance.now() - due);
    else into[kind]!.errors += 1;
  }

  async function sendAll(): Promise<void> {
    const start = performance.now();
    for (let number = 0; ; number += 1) {
      const due = start + (number / perSecond) * 1_000;
      await delay(Math.max(0, due - performance.now()));
      for (const kind of Object.keys(kinds)) open.push(order(kind, due, answers));
    }
  }

  process.on('message', () => {
    const [taken, waiting] = [answers, open];
    [answers, open] = [emptyAnswers(kinds), []];
    void Promise.all(waiting).then(() => process.send?.(taken));
  });
  process.once('disconnect', () => process.exit());
  void sendAll();
}

const emptyAnswers = (kinds: BystanderOptions['kinds']): AnswersByKind =>
  Object.fromEntries(Object.keys(kinds).map((kind) => [kind, { took: [], errors: 0 }]));

if (process.send) process.once('message', (options) => sendOrders(options as BystanderOptions));
