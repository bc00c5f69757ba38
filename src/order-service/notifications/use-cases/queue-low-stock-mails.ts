import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';
import { leastIdAt, uuid } from '../../../shared/contracts/text';
import { type FeedGone, resumeFeed } from '../../../shared/event-log/event-feed';
import { groupBy } from '../../../shared/group-by';
import { type Database, type Transaction } from '../../../shared/postgres/queryable';
import { type LowStockContent } from '../domain/low-stock-mail';
import {
  COUNTED_MS,
  type LimitedMails,
  limitMails,
  ONE_MAIL_IN_MS,
  subjectKey,
  type WrittenMails,
} from '../domain/limit-mails';
import { type NewMail } from '../domain/mail';
import { moveCursor, readCursor } from '../store/cursor-store';
import { type LowStockEvent, readLowStockPage } from '../store/low-stock-event-store';
import { insertMails } from '../store/mail-queue-store';
import { countMailsOf, subjectsWithMails } from '../store/written-mail-store';

/** The products of an owner by SKU; unknown ones are absent. */
export type FindProducts = (
  owner: string,
  skus: readonly string[],
) => Promise<ReadonlyMap<string, { name: string }>>;

export interface QueueDependencies {
  db: Database;
  findProducts: FindProducts;
  /** Whether mails are sent; otherwise they are stored as `not_sent`. */
  isSent: boolean;
  /** The maximum number of mails of an owner in 24 hours. */
  perDay: number;
}

export interface QueueResult {
  /** Whether there may be more events to read. */
  hasMore: boolean;
  /** The ids of events that cannot be read. */
  skipped: readonly string[];
  /** The reason why events are missing; reading goes on at the earliest event that is left. */
  missed: FeedGone['gone'] | null;
  /** The mails that are not written because of a limit. */
  limited: Pick<LimitedMails, 'repeated' | 'overLimit'>;
}

/** The number of positions of the feed in a page. Each can be an event with ten recipients. */
export const PAGE_POSITIONS = 500;

/** Nothing was read, or another process has read it. */
const nothing = (hasMore: boolean): QueueResult => ({
  hasMore,
  skipped: [],
  missed: null,
  limited: { repeated: 0, overLimit: new Map() },
});

/**
 * Writes the mails for the next page of the feed and moves the cursor, in one transaction: however many processes read, each event has at most
 * one mail for each recipient, and the limits hold for all processes together.
 */
export async function queueLowStockMails(deps: QueueDependencies): Promise<QueueResult> {
  const { db } = deps;
  const from = await readCursor(db);
  const page = await readLowStockPage(db, from, PAGE_POSITIONS);
  // Checked after the page was read: events that were behind the cursor cannot have been removed in between.
  const checked = await resumeFeed(db, from);
  if ('gone' in checked) {
    const { gone, earliest } = checked;
    const isMoved = await db.transaction((tx) => moveCursor(tx, from, earliest));
    return { ...nothing(true), missed: isMoved ? gone : null };
  }
  const { next, events, hasMore, hasGap } = page;
  if (next === null) return nothing(false);
  const { mails, skipped } = await mailsOf(deps, events);
  const write = async (tx: Transaction): Promise<LimitedMails | null> =>
    (await moveCursor(tx, from, next)) ? writeMails(tx, mails, deps) : null;
  // A cursor without mails may be lost in a crash of the server: its page is read again.
  const limited = await db.transaction(write, { commit: mails.length === 0 ? 'asynchronous' : 'durable' });
  return limited ? { hasMore, skipped, missed: hasGap ? 'pruned' : null, limited } : nothing(true);
}

/** The cursor must be locked: no other process writes mails about low stock meanwhile. */
async function writeMails(
  tx: Transaction,
  mails: readonly NewMail[],
  { perDay, isSent }: QueueDependencies,
): Promise<LimitedMails> {
  const limited = limitMails(mails, await writtenMails(tx, mails, perDay), perDay);
  insertMails(tx, limited.kept, isSent);
  return limited;
}

async function writtenMails(
  tx: Transaction,
  mails: readonly NewMail[],
  perDay: number,
): Promise<WrittenMails> {
  if (mails.length === 0) return { recent: new Set(), counts: new Map() };
  const owners = [...new Set(mails.map(({ owner }) => owner))];
  const now = Date.now();
  const [recent, counts] = await Promise.all([
    subjectsWithMails(tx, 'low_stock', mails, leastIdAt(now - ONE_MAIL_IN_MS)),
    countMailsOf(tx, owners, leastIdAt(now - COUNTED_MS), perDay),
  ]);
  return { recent: new Set(recent.map(subjectKey)), counts };
}

const lowStockPayload = z.object({
  stock: z.object({
    product_id: uuid,
    sku: z.string(),
    on_hand: z.int(),
    reserved: z.int(),
    available: z.int(),
    low_stock_threshold: z.int(),
  }),
});

type Stock = z.output<typeof lowStockPayload>['stock'];

interface ReadEvent {
  event: LowStockEvent;
  stock: Stock;
}

/** An event with a payload of an unknown form is skipped: it would stop all that follow. */
async function mailsOf(
  { findProducts }: QueueDependencies,
  events: readonly LowStockEvent[],
): Promise<{ mails: NewMail[]; skipped: string[] }> {
  const read: ReadEvent[] = [];
  const skipped: string[] = [];
  for (const event of events) {
    const { data, success } = lowStockPayload.safeParse(event.payload);
    if (success) read.push({ event, stock: data.stock });
    else skipped.push(event.eventId);
  }
  const mails: NewMail[] = [];
  for (const [owner, ofOwner] of groupBy(read, ({ event }) => event.owner)) {
    const products = await findProducts(owner, [...new Set(ofOwner.map(({ stock }) => stock.sku))]);
    mails.push(...ofOwner.flatMap((one) => mailsOfEvent(one, products.get(one.stock.sku)?.name ?? null)));
  }
  return { mails, skipped };
}

function mailsOfEvent({ event, stock }: ReadEvent, name: string | null): NewMail[] {
  const { owner, eventId, recipients, occurredAt } = event;
  const data = contentOf(stock, name, occurredAt);
  const createdAt = new Date();
  return recipients.map((recipient) => ({
    mailId: uuidv7(),
    owner,
    kind: 'low_stock',
    eventId,
    subjectId: data.productId,
    recipient,
    data,
    createdAt,
  }));
}

const contentOf = (stock: Stock, name: string | null, occurredAt: Date): LowStockContent => ({
  productId: stock.product_id,
  sku: stock.sku,
  name,
  onHand: stock.on_hand,
  reserved: stock.reserved,
  available: stock.available,
  threshold: stock.low_stock_threshold,
  occurredAt: occurredAt.toISOString(),
});
