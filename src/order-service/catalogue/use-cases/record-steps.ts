import { v7 as uuidv7 } from 'uuid';
import { appendEvents } from '../../../shared/event-log/append-events';
import { type LoggedEvent, type Origin } from '../../../shared/event-log/event';
import { groupBy } from '../../../shared/group-by';
import { type Transaction } from '../../../shared/postgres/queryable';
import { type Product, type ProductStep } from '../domain/product';
import { payloadOf } from '../domain/product-event';
import { productWords, termsOf } from '../domain/search-terms';
import { allowedMistakes } from '../domain/similar-words';
import { addCounts, type CategoryCount } from '../store/category-store';
import { insertPrices } from '../store/price-store';
import { addTerms, deleteTerms, insertFirstTerms, insertWords, type TermEntry } from '../store/term-store';

/**
 * Writes all that follows from steps of one owner's products, whose rows have been written: their prices, the terms by which they are
 * found, the counts of their categories, and their events. Nothing is waited for.
 */
export function recordSteps(
  tx: Transaction,
  owner: string,
  steps: readonly ProductStep[],
  origin: Origin,
): void {
  recordContent(tx, owner, steps, origin);
  appendEvents(tx, eventsOf(steps, origin));
}

/** Writes what {@link recordSteps} writes, without the events. */
export function recordContent(
  tx: Transaction,
  owner: string,
  steps: readonly ProductStep[],
  origin: Origin,
): void {
  const present = steps.flatMap(({ type, after }) => (type === 'PRODUCT_DELETED' ? [] : [after]));
  const priced = steps.filter(({ type }) => type === 'PRODUCT_CREATED' || type === 'PRODUCT_PRICE_CHANGED');
  insertPrices(
    tx,
    priced.map(({ after }) => after),
    origin.actor,
  );
  recordTerms(tx, owner, steps);
  insertWords(tx, owner, correctableWords(present));
  addCounts(tx, owner, countChanges(steps));
}

/** The events of steps. */
export const eventsOf = (steps: readonly ProductStep[], origin: Origin): LoggedEvent[] =>
  steps.map((step) => toEvent(step, origin));

function recordTerms(tx: Transaction, owner: string, steps: readonly ProductStep[]): void {
  const first: TermEntry[] = [];
  const gone: TermEntry[] = [];
  const added: TermEntry[] = [];
  for (const { type, before: former, after: product } of steps) {
    const { productId } = product;
    const before = new Set(former ? termsOf(former) : []);
    const after = new Set(type === 'PRODUCT_DELETED' ? [] : termsOf(product));
    for (const term of before) if (!after.has(term)) gone.push({ term, productId });
    for (const term of after) if (!before.has(term)) (former ? added : first).push({ term, productId });
  }
  deleteTerms(tx, owner, gone);
  addTerms(tx, owner, added);
  insertFirstTerms(tx, owner, first);
}

/** The words that can take the place of misspelt ones. */
function correctableWords(products: readonly Product[]): string[] {
  const words = new Set(products.flatMap(productWords));
  return [...words].filter((word) => allowedMistakes(word) > 0);
}

/** How the counts of categories change; categories whose counts stay are left out. */
export function countChanges(steps: readonly ProductStep[]): CategoryCount[] {
  const single = steps.flatMap(({ type, before, after }) => [
    ...(before ? counted(before, -1) : []),
    ...(type === 'PRODUCT_DELETED' ? [] : counted(after, 1)),
  ]);
  return [...groupBy(single, ({ category }) => category)]
    .map(([category, counts]) => ({
      category,
      products: counts.reduce((sum, { products }) => sum + products, 0),
      activeProducts: counts.reduce((sum, { activeProducts }) => sum + activeProducts, 0),
    }))
    .filter(({ products, activeProducts }) => products !== 0 || activeProducts !== 0);
}

const counted = ({ category, isActive }: Product, sign: 1 | -1): CategoryCount[] =>
  category === null ? [] : [{ category, products: sign, activeProducts: isActive ? sign : 0 }];

const toEvent = (step: ProductStep, origin: Origin): LoggedEvent => ({
  eventId: uuidv7(),
  subjectType: 'product',
  subjectId: step.after.productId,
  owner: step.after.owner,
  version: step.after.version,
  type: step.type,
  payload: payloadOf(step),
  occurredAt: step.after.updatedAt,
  queue: null,
  ...origin,
});
