import { type Queryable } from '../../../shared/postgres/queryable';
import { type Product } from '../domain/product';
import { type ProductFilter, type ProductScan, type TermGroup } from '../domain/product-list';
import {
  ANY_TERM,
  categoryTerm,
  INACTIVE_TERM,
  nameTerm,
  productWords,
  searchedWords,
} from '../domain/search-terms';
import { allowedMistakes, similarWords } from '../domain/similar-words';
import {
  countGroups,
  findWords,
  idsByBeginning,
  type ListPart,
  MOST_CONTINUATIONS,
  presentTerms,
  readPart,
} from '../store/product-list-store';
import { findWordsLike } from '../store/term-store';

/** The maximum number of similar words that take the place of a misspelt one. */
const MOST_SIMILAR = 8;

/** So many words of products with the same beginning are found by it; of more, the newest products have some. */
const MOST_BY_BEGINNING = 2_000;

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
  if (owner === null) return { ...ANY_WORDS, owner, isActive };
  const words = text === undefined ? ANY_WORDS : await findMeanings(db, owner, searchedWords(text));
  if (words === null) return null;
  const groups: TermGroup[] = [
    ...(name === undefined ? [] : [[nameTerm(name)]]),
    ...words.groups,
    ...(category === undefined ? [] : [[categoryTerm(category)]]),
    ...(isActive === false ? [[INACTIVE_TERM]] : []),
  ];
  const isFound = groups.length > 0 || sku !== undefined || words.ids !== null;
  const found = isFound ? groups : [[ANY_TERM]];
  return { ...words, owner, sku, groups: await rarestFirst(db, owner, found), isActive };
}

/** What searched words can mean. */
type Meanings = Pick<ProductScan, 'groups' | 'ids' | 'beginnings'>;

const ANY_WORDS: Meanings = { groups: [], ids: null, beginnings: [] };

/** Null when one of the words can mean none of the products' words. */
async function findMeanings(
  db: Queryable,
  owner: string,
  words: readonly string[],
): Promise<Meanings | null> {
  if (words.length === 0) return null;
  const known = await findWords(db, owner, words);
  const corrected = await correctedWords(
    db,
    owner,
    words.filter((word) => known.get(word)?.length === 0),
  );
  const meanings = await Promise.all(
    words.map((word) => findMeaning(db, owner, word, corrected.get(word) ?? known.get(word) ?? [])),
  );
  const isMeaningless = meanings.some(({ groups }) => groups.some((group) => group.length === 0));
  return isMeaningless ? null : meanings.reduce(both, ANY_WORDS);
}

/** @param meant the words of products that begin with the word or, if there are none, that are similar to it. */
async function findMeaning(
  db: Queryable,
  owner: string,
  word: string,
  meant: readonly string[],
): Promise<Meanings> {
  if (meant.length > MOST_CONTINUATIONS) {
    const ids = await idsByBeginning(db, owner, word, MOST_BY_BEGINNING);
    return ids === null ? { ...ANY_WORDS, beginnings: [word] } : { ...ANY_WORDS, ids };
  }
  return { ...ANY_WORDS, groups: [meant] };
}

const both = (some: Meanings, others: Meanings): Meanings => ({
  groups: [...some.groups, ...others.groups],
  ids: some.ids && others.ids ? common(some.ids, others.ids) : (some.ids ?? others.ids),
  beginnings: [...some.beginnings, ...others.beginnings],
});

const common = (some: readonly string[], others: readonly string[]): string[] => {
  const set = new Set(others);
  return some.filter((id) => set.has(id));
};

/** The words of products that each of the given words can mean, which no product has, and with which none begins. */
async function correctedWords(
  db: Queryable,
  owner: string,
  words: readonly string[],
): Promise<Map<string, string[]>> {
  const misspelt = words
    .map((word) => ({ word, mistakes: allowedMistakes(word) }))
    .filter(({ mistakes }) => mistakes > 0);
  const alike = await findWordsLike(db, owner, misspelt);
  const similar = [...alike].map(([word, found]): [string, string[]] => [word, similarWords(word, found)]);
  const present = await presentTerms(
    db,
    owner,
    similar.flatMap(([, candidates]) => candidates),
  );
  return new Map(
    similar.map(([word, candidates]) => [
      word,
      candidates.filter((candidate) => present.has(candidate)).slice(0, MOST_SIMILAR),
    ]),
  );
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
  const listed = findIds
    ? await findIds(db, scan.owner, before, entries)
    : (scan.ids?.filter((id) => id < before).slice(0, entries) ?? null);
  const ids = listed && scan.ids && findIds ? common(listed, scan.ids) : listed;
  const most = scan.beginnings.length > 0 ? entries : limit;
  const part = await readPart(db, { scan, ids, before, entries, limit: most });
  const products = part.products.filter(hasBeginnings(scan.beginnings)).slice(0, limit);
  const end = listed ? (listed.length < entries ? null : (listed.at(-1) ?? null)) : part.last;
  return { products, next: products.length === limit ? (products.at(-1)?.productId ?? null) : end };
}

const hasBeginnings =
  (beginnings: readonly string[]) =>
  (product: Product): boolean => {
    if (beginnings.length === 0) return true;
    const words = productWords(product);
    return beginnings.every((beginning) => words.some((word) => word.startsWith(beginning)));
  };
