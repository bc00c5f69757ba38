import {
  byKey,
  prepared,
  preparedByKey,
  type Queryable,
  type Transaction,
} from '../../../shared/postgres/queryable';

/** A term and a product that is found by it. */
export interface TermEntry {
  term: string;
  productId: string;
}

const INSERT_TERMS = `INSERT INTO product_terms (owner, term, product_id)
   SELECT $1, n.term, n.product_id FROM unnest($2::text[], $3::uuid[]) AS n (term, product_id) ORDER BY n.term, n.product_id`;

/** Without ON CONFLICT, which would make an import of many products much slower. */
const INSERT_FIRST_TERMS = prepared('insert-first-product-terms', INSERT_TERMS);
const ADD_TERMS = prepared('add-product-terms', `${INSERT_TERMS} ON CONFLICT DO NOTHING`);

/** Adds all terms of new products. */
export function insertFirstTerms(tx: Transaction, owner: string, entries: readonly TermEntry[]): void {
  if (entries.length > 0) tx.send(INSERT_FIRST_TERMS, [owner, ...columnsOf(entries)]);
}

/** Adds terms of products that have others. One that a product has already, because another release found other terms, stays. */
export function addTerms(tx: Transaction, owner: string, entries: readonly TermEntry[]): void {
  if (entries.length > 0) tx.send(ADD_TERMS, [owner, ...columnsOf(entries)]);
}

// Not prepared, so that the order of the join follows the present number of terms; the same below.
const DELETE_TERMS = byKey(
  `DELETE FROM product_terms t USING unnest($2::text[], $3::uuid[]) AS n (term, product_id)
    WHERE t.owner = $1 AND t.term = n.term AND t.product_id = n.product_id`,
);

export function deleteTerms(tx: Transaction, owner: string, entries: readonly TermEntry[]): void {
  if (entries.length > 0) tx.send(DELETE_TERMS, [owner, ...columnsOf(entries)]);
}

const columnsOf = (entries: readonly TermEntry[]): unknown[] => [
  entries.map(({ term }) => term),
  entries.map(({ productId }) => productId),
];

/** The trigrams of the word `w`, with two spaces before it and one after it. */
const TRIGRAMS = (w: string): string =>
  `generate_series(1, char_length(${w}) + 1) AS at CROSS JOIN LATERAL (SELECT substr('  ' || ${w} || ' ', at, 3) AS trigram) AS g`;

const INSERT_WORDS = preparedByKey(
  'insert-product-words',
  `INSERT INTO product_trigrams (owner, trigram, length, word)
   SELECT DISTINCT $1, g.trigram, char_length(w.word), w.word
     FROM unnest($2::text[]) AS w (word) CROSS JOIN ${TRIGRAMS('w.word')}
    WHERE NOT EXISTS (
          SELECT FROM product_trigrams k
           WHERE k.owner = $1 AND k.trigram = '  ' || left(w.word, 1) AND k.length = char_length(w.word) AND k.word = w.word)`,
);

/** Adds words to those that are compared with misspelt ones, unless they are among them. */
export function insertWords(tx: Transaction, owner: string, words: readonly string[]): void {
  if (words.length > 0) tx.send(INSERT_WORDS, [owner, words]);
}

/** A word, and the number of mistakes that it may have. */
export interface MisspeltWord {
  word: string;
  mistakes: number;
}

/**
 * For each misspelt word, the words of an owner that can be meant: at most 2000, those that share the most trigrams with it first.
 */
export async function findWordsLike(
  db: Queryable,
  owner: string,
  misspelt: readonly MisspeltWord[],
): Promise<Map<string, string[]>> {
  if (misspelt.length === 0) return new Map();
  const { rows } = await db.query<{ word: string; found: string[] }>(WORDS_LIKE, [
    owner,
    misspelt.map(({ word }) => word),
    misspelt.map(({ mistakes }) => mistakes),
  ]);
  return new Map(rows.map(({ word, found }) => [word, found]));
}

// A mistake changes at most four trigrams: two characters that are exchanged are in four.
const WORDS_LIKE = byKey(
  `SELECT w.word, ARRAY(
          SELECT k.word
            FROM unnest(t.trigrams) AS g (trigram)
                 JOIN product_trigrams k ON k.owner = $1 AND k.trigram = g.trigram
                  AND k.length BETWEEN char_length(w.word) - w.mistakes AND char_length(w.word) + w.mistakes
           GROUP BY k.word HAVING count(*) >= cardinality(t.trigrams) - 4 * w.mistakes
           ORDER BY count(*) DESC, k.word LIMIT 2000) AS found
     FROM unnest($2::text[], $3::int[]) AS w (word, mistakes)
          CROSS JOIN LATERAL (SELECT ARRAY(SELECT DISTINCT g.trigram FROM ${TRIGRAMS('w.word')}) AS trigrams) AS t`,
);
