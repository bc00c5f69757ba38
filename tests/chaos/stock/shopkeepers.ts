import { setTimeout as delay } from 'node:timers/promises';
import { type StockResource } from '../../../src/shared/contracts/stock-resource';
import { orderApi } from '../api';
import { type Breach } from '../history';
import { outcomeOf } from '../outcomes';
import { type Random } from '../random';
import { repeatUntilKnown } from '../repeat';
import { adjustStock, LIST_STOCK } from './stock-api';
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

const PAUSE_MS = { least: 300, most: 1_500 };
const READ_EVERY_MS = 1_000;
/** More comes than is lost or broken, or found missing. */
const MOST_ADDED = 6;
const MOST_TAKEN = 3;
const SHARE_ADDED = 0.6;

/** The shops adjust what is on hand, at uneven intervals, each change once; and they read it. */
export function startShopkeepers({ apiUrl, random, history, breaches }: ShopkeeperOptions): Shopkeepers {
  const request = orderApi(apiUrl);
  let isClosed = false;
  let hasGivenUp = false;
  const seenVersions = new Map<string, number>();

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
        if (outcome === 'fail')
          breaches.push({ invariant: 'load', what: `${key}: ${status} ${text}`, key: null });
        return { outcome };
      },
      { isOver },
    );
  }

  /** One request at a time for each shop, so that versions must not go back. */
  async function watch(client: string): Promise<void> {
    while (!isClosed) {
      const { status, text } = await request({ client, ...LIST_STOCK });
      if (status === '200') (JSON.parse(text) as { data: StockResource[] }).data.forEach(stockSeen);
      await delay(READ_EVERY_MS);
    }
  }

  function stockSeen(stock: StockResource): void {
    const seenVersion = seenVersions.get(stock.product_id) ?? 0;
    const breach = (invariant: string, why: string): void =>
      void breaches.push({ invariant, what: `${why}: ${JSON.stringify(stock)}`, key: null });
    if (isOversold({ onHand: stock.on_hand, reserved: stock.reserved }, stock.backorder_limit))
      breach(NEVER_OVERSOLD, 'the shop read more than there is');
    if (stock.available !== stock.on_hand - stock.reserved)
      breach(NEVER_OVERSOLD, 'the shop read what is not available');
    if (stock.version < seenVersion)
      breach('I5 statuses never go back', `read after version ${String(seenVersion)}`);
    seenVersions.set(stock.product_id, Math.max(seenVersion, stock.version));
  }

  const shops = new Set(history.goods.map(({ client }) => client));
  const working = Promise.all([adjustAll(), ...[...shops].map(watch)]);
  return {
    close: () => (isClosed = true),
    finished: working.then(() => undefined),
    giveUp() {
      isClosed = true;
      hasGivenUp = true;
    },
  };
}

const amountOf = (random: Random): number =>
  random.next() < SHARE_ADDED
    ? 1 + Math.floor(random.next() * MOST_ADDED)
    : -1 - Math.floor(random.next() * MOST_TAKEN);
