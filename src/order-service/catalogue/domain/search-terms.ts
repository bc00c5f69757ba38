import { type Product } from './product';

/** The maximum number of characters of a word; longer ones are cut off. */
const MAX_WORD = 40;

/** The maximum number of different words of a product; further ones are not found. */
const MAX_WORDS = 60;

/** The maximum number of words of a search that count. */
const MAX_SEARCHED = 8;

const COMBINING_MARKS = /[\u0300-\u036f]/g;
/** The letters of European languages that Unicode does not decompose, as the transform Latin-ASCII of CLDR writes them. */
const LATIN_ASCII: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ħ: 'h',
  ı: 'i',
  ł: 'l',
  ŋ: 'n',
  ŧ: 't',
};
const LATIN_LETTERS = new RegExp(`[${Object.keys(LATIN_ASCII).join('')}]`, 'g');

const WORD = /[\p{L}\p{N}\p{M}]+/gu;

/** The term of all products. */
export const ANY_TERM = '*';

/** The term of the products that are not active. */
export const INACTIVE_TERM = '!inactive';

/** The term of the products in a category and below it. */
export const categoryTerm = (path: string): string => `/${path}`;

/** The term of the products with this name, whatever its case. */
export const nameTerm = (name: string): string => `=${folded(name)}`;

/** The words of a text, in lower case and without accents: what is between characters that are neither letters nor digits. */
export function wordsOf(text: string): string[] {
  const words = (folded(text).match(WORD) ?? []).map(shortened);
  return [...new Set(words)];
}

const shortened = (word: string): string =>
  word.length <= MAX_WORD ? word : [...word].slice(0, MAX_WORD).join('');

/** The words of a search. */
export const searchedWords = (text: string): string[] => wordsOf(text).slice(0, MAX_SEARCHED);

type Indexed = Pick<Product, 'sku' | 'name' | 'category' | 'isActive'>;

/** The words by which a product is found. */
export const productWords = ({ name, sku }: Indexed): string[] =>
  wordsOf(`${name} ${sku}`).slice(0, MAX_WORDS);

/** All terms by which a product is found. */
export function termsOf(product: Indexed): string[] {
  const { name, category, isActive } = product;
  return [
    ANY_TERM,
    ...productWords(product),
    nameTerm(name),
    ...(category === null ? [] : pathsTo(category).map(categoryTerm)),
    ...(isActive ? [] : [INACTIVE_TERM]),
  ];
}

/** A category and all above it: `home`, `home/lighting`. */
export function pathsTo(category: string): string[] {
  const segments = category.split('/');
  return segments.map((_segment, index) => segments.slice(0, index + 1).join('/'));
}

/**
 * Characters that look or mean the same become equal: full-width letters, upper case, accents; `ß` becomes `ss`. Marks of other scripts,
 * which distinguish words there, stay.
 */
const folded = (text: string): string => (isAscii(text) ? text.toLowerCase() : foldedUnicode(text));

const isAscii = (text: string): boolean => /^[ -~]*$/.test(text);

const foldedUnicode = (text: string): string =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .normalize('NFKD')
    .replaceAll(COMBINING_MARKS, '')
    .replaceAll(LATIN_LETTERS, (letter) => LATIN_ASCII[letter] ?? letter)
    .normalize('NFC');
