import { type Queryable } from '../../../shared/postgres/queryable';
import { type ProductFilter, type ProductScan, type TermGroup } from '../domain/product-list';
import { ANY_TERM, categoryTerm, INACTIVE_TERM, nameTerm, searchedWords } from '../domain/search-terms';
import { allowedMistakes, similarWords } from '../domain/similar-words';
import { countGroups, findWords, type ListPart, presentTerms, readPart } from '../store/product-list-store';
import { findWordsLike } from '../store/term-store';

/** The maximum number of similar words that take the place of a misspelt one. */
const MOST_SIMILAR = 8;

/** Groups with fewer products are told apart; of larger ones, any can be read first. */
const COUNTED = 1_000;

/**
 * Finds products that another module knows of: ids below `before`, newest first.
 *
 * @param owner null: of all owners.
 */
export type FindProductIds = (
  db: Queryable,
  owner: string | null,
  before: string,
  limit: number,
) => Promise<string[]>;

/** Prepares the scan for a filter; null when no product can match. Without an owner, only `isActive` and `isLowOnStock` may be given. */
export async function prepareScan(
  db: Queryable,
  owner: string | null,
  { sku, name, category, text, isActive }: ProductFilter,
): Promise<ProductScan | null> {
  if (owner === null) return { owner, groups: [], isActive };
  const words = text === undefined ? [] : await wordGroups(db, owner, searchedWords(text));
  if (words === null) return null;
  const groups: TermGroup[] = [
    ...(name === undefined ? [] : [[nameTerm(name)]]),
    ...words,
    ...(category === undefined ? [] : [[categoryTerm(category)]]),
    ...(isActive === false ? [[INACTIVE_TERM]] : []),
  ];
  const driven = groups.length > 0 || sku !== undefined ? groups : [[ANY_TERM]];
  return { owner, sku, groups: await rarestFirst(db, owner, driven), isActive };
}

/** For each searched word the words of products that it can mean; null when one of them can mean none. */
async function wordGroups(
  db: Queryable,
  owner: string,
  words: readonly string[],
): Promise<TermGroup[] | null> {
  if (words.length === 0) return null;
  const found = await findWords(db, owner, words);
  const groups: TermGroup[] = [];
  for (const word of words) {
    const known = found.get(word) ?? [];
    const group = known.length > 0 ? known : await correctedWords(db, owner, word);
    if (group.length === 0) return null;
    groups.push(group);
  }
  return groups;
}

/** The words of products that a word can mean that no product has, and with which none begins. */
async function correctedWords(db: Queryable, owner: string, word: string): Promise<string[]> {
  const mistakes = allowedMistakes(word);
  if (mistakes === 0) return [];
  const similar = similarWords(word, await findWordsLike(db, owner, word, mistakes));
  const present = await presentTerms(db, owner, similar);
  return similar.filter((candidate) => present.has(candidate)).slice(0, MOST_SIMILAR);
}

/** The fewer products the first group has, the fewer candidates are read for a page. */
async function rarestFirst(
  db: Queryable,
  owner: string,
  groups: readonly TermGroup[],
): Promise<readonly TermGroup[]> {
  if (groups.length < 2) return groups;
  const counts = await countGroups(db, owner, groups, COUNTED);
  const countOf = new Map(groups.map((group, index) => [group, counts[index] ?? 0]));
  return [...groups].sort((a, b) => (countOf.get(a) ?? 0) - (countOf.get(b) ?? 0));
}

export interface ScanPart {
  scan: ProductScan;
  /** Finds the candidates in place of the scan. */
  findIds: FindProductIds | null;
  before: string;
  /** How many candidates are read. */
  entries: number;
  limit: number;
}

/**
 * Reads the next part of a scan: products below `before`, newest first.
 *
 * @returns the products, and the id behind which to continue; null when there are no further products.
 */
export async function readScanPart(
  db: Queryable,
  { scan, findIds, before, entries, limit }: ScanPart,
): Promise<Pick<ListPart, 'products'> & { next: string | null }> {
  const ids = findIds && (await findIds(db, scan.owner, before, entries));
  const { products, last } = await readPart(db, { scan, ids, before, entries, limit });
  const isFull = products.length === limit;
  return { products, next: isFull ? (products.at(-1)?.productId ?? null) : last };
}
