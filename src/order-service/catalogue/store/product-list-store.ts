import { byKey, type Queryable } from '../../../shared/postgres/queryable';
import { type Product } from '../domain/product';
import { type ProductScan, type TermGroup } from '../domain/product-list';
import { PRODUCT_COLUMNS, type ProductRow, toProduct } from './product-row';

/** A part of a scan. */
export interface PartRequest {
  scan: ProductScan;
  /** The ids of the candidates, newest first; null: the scan finds them. */
  ids: readonly string[] | null;
  /** Only products with ids below this one. */
  before: string;
  /** How many candidates are read, which need not match all of the scan. */
  entries: number;
  /** The maximum number of products. */
  limit: number;
}

export interface ListPart {
  products: Product[];
  /** The last of the candidates; null when there were fewer than `entries`. */
  last: string | null;
}

/**
 * Reads candidates, newest first, and checks each of them until there are enough products. The time that it takes depends on the number of
 * candidates, not on the number of products that there are.
 */
export async function readPart(db: Queryable, request: PartRequest): Promise<ListPart> {
  const { text, values } = partStatement(request);
  const { rows } = await db.query<PartRow>(byKey(text), values);
  return {
    products: rows.flatMap((row) => (row.product_id === null ? [] : [toProduct(row)])),
    last: rows[0]?.last ?? null,
  };
}

type PartRow = { last: string | null } & (ProductRow | { product_id: null });

/** Adds a value to those of a statement, and returns its parameter. */
type AddValue = (value: unknown) => string;

function partStatement({ scan, ids, before, entries, limit }: PartRequest) {
  const values: unknown[] = [];
  const add: AddValue = (value) => `$${values.push(value)}`;
  const owner = scan.owner === null ? null : `${add(scan.owner)}::text`;
  const range = { before: `${add(before)}::uuid`, most: `${add(entries)}::int` };
  const [driving, ...others] = scan.groups;
  const isDriven = ids === null && owner !== null && scan.sku === undefined && driving !== undefined;
  const candidates = ids
    ? candidatesAmong(add(ids), range)
    : isDriven
      ? candidatesByTerms(owner, driving, range, add)
      : candidatesOf(owner, scan.sku, range, add);
  const checks = (isDriven ? others : scan.groups).map((group, index) =>
    checkOf(`group_${index}`, { owner: String(owner), terms: `${add(group)}::text[]`, range, entries }),
  );
  const conditions = [
    'p.deleted_at IS NULL',
    ...(owner === null ? [] : [`p.owner = ${owner}`]),
    ...(scan.sku === undefined ? [] : [`p.sku = ${add(scan.sku)}`]),
    ...(scan.isActive === undefined ? [] : [`p.is_active = ${add(scan.isActive)}`]),
  ];
  // Sorted again, although they are in order, because the planner does not know it: it would check all candidates before it takes the first
  // products. OFFSET 0 keeps it from reading a product before its terms.
  const text = `WITH ${[`candidates AS MATERIALIZED (${candidates})`, ...checks.flatMap(({ lists }) => lists)].join(', ')}
    SELECT e.last, p.*
      FROM (SELECT (SELECT product_id FROM candidates ORDER BY product_id DESC OFFSET ${range.most} - 1 LIMIT 1) AS last) AS e
           LEFT JOIN LATERAL (
             SELECT ${PRODUCT_COLUMNS}
               FROM (SELECT c.product_id FROM (SELECT product_id FROM candidates ORDER BY product_id DESC) AS c
                      WHERE ${['true', ...checks.map(({ condition }) => condition)].join(' AND ')} OFFSET 0) AS m
                    JOIN products p ON p.product_id = m.product_id
              WHERE ${conditions.join(' AND ')}
              ORDER BY m.product_id DESC LIMIT ${add(limit)}) AS p ON true
     ORDER BY p.product_id DESC`;
  return { text, values };
}

interface CandidateRange {
  before: string;
  most: string;
}

const candidatesAmong = (ids: string, { before, most }: CandidateRange): string =>
  `SELECT i.product_id FROM unnest(${ids}::uuid[]) AS i (product_id)
    WHERE i.product_id < ${before} ORDER BY i.product_id DESC LIMIT ${most}`;

/** The product with a sku, or all products of all owners. */
const candidatesOf = (
  owner: string | null,
  sku: string | undefined,
  { before, most }: CandidateRange,
  add: AddValue,
): string =>
  `SELECT o.product_id FROM products o
    WHERE o.deleted_at IS NULL AND o.product_id < ${before} ${owner === null ? '' : `AND o.owner = ${owner}`}
          ${sku === undefined ? '' : `AND o.sku = ${add(sku)}`}
    ORDER BY o.product_id DESC LIMIT ${most}`;

/** The index of the terms holds the products of one term in order; those of several terms are merged. */
function candidatesByTerms(
  owner: string,
  terms: TermGroup,
  { before, most }: CandidateRange,
  add: AddValue,
): string {
  const ofTerm = (term: string): string =>
    `SELECT t.product_id FROM product_terms t
      WHERE t.owner = ${owner} AND t.term = ${term} AND t.product_id < ${before} ORDER BY t.product_id DESC LIMIT ${most}`;
  if (terms.length === 1) return ofTerm(`${add(terms[0])}::text`);
  return `SELECT DISTINCT m.product_id FROM unnest(${add(terms)}::text[]) AS w (term) CROSS JOIN LATERAL (${ofTerm('w.term')}) AS m
           ORDER BY m.product_id DESC LIMIT ${most}`;
}

/** From so many candidates on, the products of a group are read in order rather than looked up one by one, unless they are many more. */
const MANY_CANDIDATES = 150;
/** Reading a product of a group takes about a twentieth of the time of looking one up. */
const MOST_PER_CANDIDATE = 8;

interface GroupCheck {
  owner: string;
  terms: string;
  range: CandidateRange;
  entries: number;
}

/** Whether a candidate has a term of a group: the condition, and the list that it uses. */
function checkOf(name: string, { owner, terms, range, entries }: GroupCheck) {
  const ofGroup = `product_terms x WHERE x.owner = ${owner} AND x.term = ANY (${terms})`;
  // Not EXISTS, for which the planner can choose to read the whole group.
  const lookup = `coalesce((SELECT true FROM ${ofGroup} AND x.product_id = c.product_id LIMIT 1), false)`;
  if (entries < MANY_CANDIDATES) return { lists: [], condition: lookup };
  // Of the candidates that there are, which can be fewer than `entries`.
  const most = `(SELECT ${MOST_PER_CANDIDATE} * count(*) FROM candidates)`;
  const list = `${name} AS MATERIALIZED (SELECT x.product_id FROM ${ofGroup} AND x.product_id < ${range.before}
      AND x.product_id >= (SELECT product_id FROM candidates ORDER BY product_id LIMIT 1) LIMIT ${most})`;
  return {
    lists: [list],
    condition: `CASE WHEN (SELECT count(*) FROM ${name}) < ${most} THEN c.product_id IN (SELECT product_id FROM ${name}) ELSE ${lookup} END`,
  };
}

/** Counts the products of each group, up to `most`. */
export async function countGroups(
  db: Queryable,
  owner: string,
  groups: readonly TermGroup[],
  most: number,
): Promise<number[]> {
  const count = (_group: TermGroup, index: number): string =>
    `(SELECT count(*) FROM (SELECT FROM product_terms t WHERE t.owner = $1 AND t.term = ANY ($${index + 3}::text[]) LIMIT $2) AS c)::int`;
  const { rows } = await db.query<{ counts: number[] }>(
    byKey(`SELECT ARRAY[${groups.map(count).join(', ')}] AS counts`),
    [owner, most, ...groups],
  );
  return rows[0]?.counts ?? [];
}

/** Sorts behind every continuation of a word. */
const LAST_CHARACTER = '\u{10ffff}';

/** The maximum number of words with the same beginning that are looked for one by one. */
export const MOST_CONTINUATIONS = 32;

/** The words of products that are, or begin with, each of the given ones, by the word: at most {@link MOST_CONTINUATIONS} and one. */
export async function findWords(
  db: Queryable,
  owner: string,
  words: readonly string[],
): Promise<Map<string, string[]>> {
  const { rows } = await db.query<{ word: string; found: string[] }>(
    byKey(`SELECT s.word, ARRAY(
                  WITH RECURSIVE known (term) AS (
                    (SELECT t.term FROM product_terms t
                      WHERE t.owner = $1 AND t.term >= s.word AND t.term < s.word || $3 ORDER BY t.term LIMIT 1)
                    UNION ALL
                    SELECT (SELECT t.term FROM product_terms t
                             WHERE t.owner = $1 AND t.term > known.term AND t.term < s.word || $3 ORDER BY t.term LIMIT 1)
                      FROM known WHERE known.term IS NOT NULL)
                  SELECT term FROM known WHERE term IS NOT NULL LIMIT ${MOST_CONTINUATIONS + 1}) AS found
             FROM unnest($2::text[]) AS s (word)`),
    [owner, words, LAST_CHARACTER],
  );
  return new Map(rows.map(({ word, found }) => [word, found]));
}

/** The ids of the products with a word that begins with a text, newest first; null when more than `most` words of products do. */
export async function idsByBeginning(
  db: Queryable,
  owner: string,
  beginning: string,
  most: number,
): Promise<string[] | null> {
  const { rows } = await db.query<{ product_id: string }>(
    byKey(`SELECT t.product_id FROM product_terms t
            WHERE t.owner = $1 AND t.term >= $2::text AND t.term < $2::text || $3 LIMIT $4::int + 1`),
    [owner, beginning, LAST_CHARACTER, most],
  );
  if (rows.length > most) return null;
  return [...new Set(rows.map((row) => row.product_id))].sort().reverse();
}

/** Those of the terms that products have. */
export async function presentTerms(
  db: Queryable,
  owner: string,
  terms: readonly string[],
): Promise<Set<string>> {
  if (terms.length === 0) return new Set();
  const { rows } = await db.query<{ term: string }>(
    byKey(`SELECT n.term FROM unnest($2::text[]) AS n (term)
            WHERE EXISTS (SELECT FROM product_terms t WHERE t.owner = $1 AND t.term = n.term)`),
    [owner, terms],
  );
  return new Set(rows.map(({ term }) => term));
}
