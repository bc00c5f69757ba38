import { v7 as uuidv7 } from 'uuid';
import { AppError } from '../../../shared/errors';
import { type Origin } from '../../../shared/event-log/event';
import { type Database, type Transaction } from '../../../shared/postgres/queryable';
import { createProduct, replaceContent } from '../domain/change-product';
import { IMPORT_IN_PROGRESS } from '../domain/problem-types';
import { type ProductContent, type ProductStep } from '../domain/product';
import { ensureOwner, lockImports, lockProducts } from '../store/import-store';
import { insertProducts, updateProducts } from '../store/product-writes';
import { recordSteps } from './record-steps';

/** How many products are written at a time. */
const PRODUCTS_AT_ONCE = 200;

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

/**
 * Creates the products of a file, and gives the content of the file to those that the owner has with the same sku, in one transaction. Each
 * product that changes has its event. Products that are not in the file stay.
 *
 * @throws AppError `conflict` (`import_in_progress`); the signal's reason.
 */
export async function importProducts(
  db: Database,
  { owner, products, origin, signal, pause }: ImportRequest,
): Promise<ImportCounts> {
  await ensureOwner(db, owner);
  return db.transaction(async (tx) => {
    if (!(await lockImports(tx, owner))) throw inProgress();
    const counts: ImportCounts = { created: 0, updated: 0, unchanged: 0 };
    for (let at = 0; at < products.length; at += PRODUCTS_AT_ONCE) {
      await writeProducts(tx, owner, products.slice(at, at + PRODUCTS_AT_ONCE), origin, counts);
      await pause();
      signal.throwIfAborted();
    }
    return counts;
  });
}

async function writeProducts(
  tx: Transaction,
  owner: string,
  products: readonly ProductContent[],
  origin: Origin,
  counts: ImportCounts,
): Promise<void> {
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
  recordSteps(tx, owner, [...changes, ...created], origin);
  counts.created += created.length;
  counts.updated += changes.length;
  counts.unchanged += products.length - steps.length;
  // Another request has created the others since they were looked for.
  const missed = creations.flatMap(({ after }) => (added.has(after.productId) ? [] : [after.sku]));
  if (missed.length === 0) return;
  const others = products.filter(({ sku }) => missed.includes(sku));
  await writeProducts(tx, owner, others, origin, counts);
}

const inProgress = (): AppError =>
  new AppError(IMPORT_IN_PROGRESS, IMPORT_IN_PROGRESS.detail, { retryAfterSeconds: 5 });
