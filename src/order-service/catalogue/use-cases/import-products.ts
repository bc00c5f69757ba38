import { v7 as uuidv7 } from 'uuid';
import { AppError } from '../../../shared/errors';
import { appendEvents } from '../../../shared/event-log/append-events';
import { type LoggedEvent, type Origin } from '../../../shared/event-log/event';
import { type Database, type Transaction } from '../../../shared/postgres/queryable';
import { createProduct, replaceContent } from '../domain/change-product';
import { IMPORT_IN_PROGRESS } from '../domain/problem-types';
import { type ProductContent, type ProductStep } from '../domain/product';
import { ensureOwner, findProducts, lockImports, lockProducts, untilWritten } from '../store/import-store';
import { insertProducts, updateProducts } from '../store/product-writes';
import { eventsOf, recordContent } from './record-steps';

/** How many products are written at a time: the time limit of a statement also counts the statements that were sent with it and run before it. */
const PRODUCTS_AT_ONCE = 100;

/** How many events are written at a time. */
const EVENTS_AT_ONCE = 250;

export interface ImportCounts {
  created: number;
  updated: number;
  unchanged: number;
}

export interface ImportRequest {
  owner: string;
  /** Valid products with different skus. */
  products: readonly ProductContent[];
  origin: Origin;
  /** Aborted when the caller no longer waits: then nothing is imported. */
  signal: AbortSignal;
  /** Called between the parts; it may wait, so that other requests are answered meanwhile. */
  pause: () => Promise<void>;
}

/** What an import has done so far. */
interface Progress {
  counts: ImportCounts;
  /** Not written yet. */
  events: LoggedEvent[];
}

/**
 * Creates the products of a file, and gives the content of the file to those that the owner has with the same sku, in one transaction. Each
 * product that changes has its event. Products that are not in the file stay.
 *
 * Products that have the content of the file when the import reads them are not locked: other requests can change them meanwhile.
 *
 * The events are written after all products: until the commit, each step of the event feed looks for the events in between that are missing.
 *
 * @throws AppError `conflict` (`import_in_progress`); the signal's reason.
 */
export async function importProducts(db: Database, request: ImportRequest): Promise<ImportCounts> {
  const { owner, products } = request;
  await ensureOwner(db, owner);
  return db.transaction(async (tx) => {
    if (!(await lockImports(tx, owner))) throw inProgress();
    const different = await leaveOutUnchanged(tx, request);
    const unchanged = products.length - different.length;
    const progress: Progress = { counts: { created: 0, updated: 0, unchanged }, events: [] };
    await inParts(different, PRODUCTS_AT_ONCE, request, (part) => writeProducts(tx, request, part, progress));
    await inParts(progress.events, EVENTS_AT_ONCE, request, (events) => {
      appendEvents(tx, events);
      return untilWritten(tx);
    });
    return progress.counts;
  });
}

/** The products of the file that the owner does not have with the same content. */
async function leaveOutUnchanged(
  tx: Transaction,
  { owner, products, pause, signal }: ImportRequest,
): Promise<ProductContent[]> {
  const different: ProductContent[] = [];
  for (let at = 0; at < products.length; at += PRODUCTS_AT_ONCE) {
    const part = products.slice(at, at + PRODUCTS_AT_ONCE);
    const present = await findProducts(
      tx,
      owner,
      part.map(({ sku }) => sku),
    );
    const found = part.filter((content) => {
      const before = present.get(content.sku);
      return before === undefined || replaceContent(before, content, before.updatedAt) !== null;
    });
    different.push(...found);
    // For the others there is a pause when they are written.
    if (found.length < part.length) await pause();
    signal.throwIfAborted();
  }
  return different;
}

/** Does the work for parts of a list, one after the other, with a pause after each. */
async function inParts<T>(
  all: readonly T[],
  size: number,
  { pause, signal }: Pick<ImportRequest, 'pause' | 'signal'>,
  work: (part: readonly T[]) => Promise<void>,
): Promise<void> {
  for (let at = 0; at < all.length; at += size) {
    await work(all.slice(at, at + size));
    await pause();
    signal.throwIfAborted();
  }
}

async function writeProducts(
  tx: Transaction,
  request: Pick<ImportRequest, 'owner' | 'origin'>,
  products: readonly ProductContent[],
  progress: Progress,
): Promise<void> {
  const { owner, origin } = request;
  const { counts, events } = progress;
  const now = new Date();
  const present = await lockProducts(
    tx,
    owner,
    products.map(({ sku }) => sku),
  );
  const steps = products.flatMap((content): ProductStep[] => {
    const before = present.get(content.sku);
    const step = before
      ? replaceContent(before, content, now)
      : createProduct(content, { productId: uuidv7(), owner, now });
    return step ? [step] : [];
  });
  const [changes, creations] = [
    steps.filter(({ before }) => before !== null),
    steps.filter(({ before }) => before === null),
  ];
  if (changes.length > 0)
    await updateProducts(
      tx,
      changes.map(({ after }) => after),
    );
  const added = await insertProducts(
    tx,
    creations.map(({ after }) => after),
  );
  const created = creations.filter(({ after }) => added.has(after.productId));
  const written = [...changes, ...created];
  recordContent(tx, owner, written, origin);
  await untilWritten(tx);
  events.push(...eventsOf(written, origin));
  counts.created += created.length;
  counts.updated += changes.length;
  counts.unchanged += products.length - steps.length;
  // Another request has created the others since they were looked for.
  const missed = creations.flatMap(({ after }) => (added.has(after.productId) ? [] : [after.sku]));
  if (missed.length === 0) return;
  const others = products.filter(({ sku }) => missed.includes(sku));
  await writeProducts(tx, request, others, progress);
}

const inProgress = (): AppError =>
  new AppError(IMPORT_IN_PROGRESS, IMPORT_IN_PROGRESS.detail, { retryAfterSeconds: 5 });
