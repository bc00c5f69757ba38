import { setTimeout as delay } from 'node:timers/promises';
import { orderApi } from '../api';
import { type Breach } from '../history';
import { outcomeOf } from '../outcomes';
import { type Random } from '../random';
import { repeatUntilKnown } from '../repeat';
import { adjustStock, readStock } from './stock-api';
import { isOversold } from './stock-books';
import { type Adjustment, type Good, type StockHistory } from './stock-history';
import { NEVER_OVERSOLD } from './stock-invariants';

export interface ShopkeeperOptions {
  apiUrl: string;
  random: Random;
  history: StockHistory;
  breaches: Breach[];
}

export interface Shopkeepers {
  /** No new adjustments after this; those that run are repeated until they are known. */
  close(): void;
  /** Resolves when every adjustment is known, or given up. */
  finished: Promise<void>;
  /** No new repeats after this. */
  giveUp(): void;
}

const PAUSE_MS = { least: 100, most: 500 };
const READ_EVERY_MS = 500;
/** More comes than is lost or broken, or found missing. */
const MOST_ADDED = 6;
const MOST_TAKEN = 3;
const SHARE_ADDED = 0.6;

/** The shops adjust what is on hand, at uneven intervals, each change once; and they read it. */
export function startShopkeepers({ apiUrl, random, history, breaches }: ShopkeeperOptions): Shopkeepers {
  const request = orderApi(apiUrl);
  let isClosed = false;
  let hasGivenUp = false;

  async function adjustAll(): Promise<void> {
    const running: Promise<void>[] = [];
    for (let number = 0; !isClosed && history.goods.length > 0; number += 1) {
      running.push(adjust(random.pick(history.goods), number, amountOf(random)));
      await delay(random.between(PAUSE_MS.least, PAUSE_MS.most));
    }
    await Promise.all(running);
  }

  async function adjust({ client, productId }: Good, number: number, by: number): Promise<void> {
    const key = `chaos-adjust-${String(number)}`;
    const adjustment: Adjustment = { key, productId, by, outcome: null, isUncertain: false };
    history.adjustments.push(adjustment);
    const isOver = (): boolean => hasGivenUp;
    await repeatUntilKnown(
      async () => {
        const { status, text } = await request({ client, ...adjustStock(key, productId, by) });
        const outcome = outcomeOf(status, text);
        adjustment.outcome = outcome;
        adjustment.isUncertain ||= outcome === 'unknown';
        if (outcome === 'fail') breaches.push({ invariant: 'load', what: `${key}: ${status} ${text}`, key: null });
        return { outcome };
      },
      { isOver },
    );
  }

  /** One request at a time for each product, so that versions must not go back. */
  async function watch({ client, sku, productId }: Good): Promise<void> {
    let seenVersion = 0;
    while (!isClosed) {
      const { status, text } = await request({ client, ...readStock(productId) });
      if (status === '200') seenVersion = stockSeen(sku, text, seenVersion);
      await delay(READ_EVERY_MS);
    }
  }

  function stockSeen(sku: string, text: string, seenVersion: number): number {
    const stock = JSON.parse(text) as StockText;
    const what = `${sku} was read as ${text}`;
    if (isOversold({ onHand: stock.on_hand, reserved: stock.reserved }, stock.backorder_limit))
      breaches.push({ invariant: NEVER_OVERSOLD, what, key: null });
    if (stock.available !== stock.on_hand - stock.reserved)
      breaches.push({ invariant: NEVER_OVERSOLD, what: `${what}: available is wrong`, key: null });
    if (stock.version < seenVersion)
      breaches.push({ invariant: 'I5 statuses never go back', what: `${what} after version ${String(seenVersion)}`, key: null });
    return Math.max(seenVersion, stock.version);
  }

  const working = Promise.all([adjustAll(), ...history.goods.map(watch)]);
  return {
    close: () => (isClosed = true),
    finished: working.then(() => undefined),
    giveUp() {
      isClosed = true;
      hasGivenUp = true;
    },
  };
}

interface StockText {
  on_hand: number;
  reserved: number;
  available: number;
  backorder_limit: number;
  version: number;
}

const amountOf = (random: Random): number =>
  random.next() < SHARE_ADDED
    ? 1 + Math.floor(random.next() * MOST_ADDED)
    : -1 - Math.floor(random.next() * MOST_TAKEN);
