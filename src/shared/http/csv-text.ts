/** The start of a cell for a spreadsheet, or for a reader that takes a line break for the end of the record. */
const LINE_START = String.raw`(?<=^|[\n\v\f\r\u0085\u2028\u2029])`;
/** Characters that begin a formula, including their full-width forms (OWASP), also after white space that a reader trims. */
const FORMULA = String.raw`[^\S\n\v\f\r\u0085\u2028\u2029]*[=+\-@\uff1d\uff0b\uff0d\uff20]`;
const ESCAPED = new RegExp(String.raw`${LINE_START}(?=${FORMULA}|[\t'])|^(?=[\r\n])`, 'g');
const ESCAPING = new RegExp(String.raw`${LINE_START}'(?=${FORMULA}|[\t'])|^'(?=[\r\n])`, 'g');

/**
 * Puts an apostrophe before each line that begins like a formula, with a tab or with an apostrophe, and before a line break at the start of
 * the text. {@link withFormulas} restores the original.
 */
export function withoutFormulas(text: string): string {
  return text.replaceAll(ESCAPED, "'");
}

/** Removes the apostrophes that {@link withoutFormulas} puts before lines. An apostrophe before any other character stays. */
export function withFormulas(text: string): string {
  return text.replaceAll(ESCAPING, '');
}

/** JSON on one line, so that no part of it is escaped as a formula. JSON.stringify leaves these three characters unescaped. */
export const toJsonCell = (value: unknown): string =>
  JSON.stringify(value).replaceAll(
    /[\u0085\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** How CSV is written: records end in CRLF, and cells with anything but plain characters are quoted. */
export const CSV_OPTIONS = {
  record_delimiter: 'windows',
  // The library does not quote a lone CR or LF, and an unquoted cell must not contain the separator of another reader.
  quoted_match: /[^\w .:+-]/,
  cast: { string: withoutFormulas },
};
