import { isUtf8 } from 'node:buffer';

const [LF, CR] = [0x0a, 0x0d];

/** The byte that ends the lines of a text: a text without LF has lines that end in CR. */
export const lineEndOf = (text: Buffer): number => (text.includes(LF) ? LF : CR);

const BLOCK = 64 * 1024;

/** The number of the first line that is not UTF-8, counted from 1; null when there is one line. No character of several bytes contains a line end. */
export function firstLineNotUtf8(text: Buffer): number | null {
  const lineEnd = lineEndOf(text);
  if (!text.includes(lineEnd)) return null;
  const start = validLines(text, lineEnd, validLines(text, lineEnd, 0, BLOCK), 1);
  let line = 1;
  for (let at = 0; at < start; at += 1) if (text[at] === lineEnd) line += 1;
  return line;
}

/** Where the first lines begin that are not UTF-8. Lines are checked together, at least `size` bytes at a time. */
function validLines(text: Buffer, lineEnd: number, from: number, size: number): number {
  for (let at = from; ;) {
    const end = text.indexOf(lineEnd, at + size - 1);
    if (end < 0 || !isUtf8(text.subarray(at, end))) return at;
    at = end + 1;
  }
}
