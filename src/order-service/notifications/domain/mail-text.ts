/** The texts of a mail. */
export interface RenderedMail {
  /** One line. */
  subject: string;
  text: string;
  html: string;
}

/** Control characters, line separators, and marks that change the direction of the text. */
const NOT_IN_A_LINE = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu;

/** Text of a client as one line: it can neither end a header nor change how the rest of the line is shown. */
export const singleLine = (text: string): string => text.replaceAll(NOT_IN_A_LINE, ' ').trim();

/** At most `max` characters (code points); a longer text ends with an ellipsis. */
export function shortened(text: string, max: number): string {
  const characters = [...text];
  return characters.length <= max ? text : `${characters.slice(0, max - 1).join('')}…`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as the content or an attribute of an HTML element. */
export const escapeHtml = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
