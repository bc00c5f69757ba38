import { isUtf8 } from 'node:buffer';

export const [LF, CR] = [0x0a, 0x0d];

/** The byte that ends the lines of a text: a text without LF has lines that end in CR. */
const lineEndOf = (text: Buffer): number => (text.includes(LF) ? LF : CR);

/** Counts the lines up to positions that grow, from 1. */
export function lineCounter(text: Buffer): { at: (position: number) => number } {
  const lineEnd = lineEndOf(text);
  let [line, next] = [1, text.indexOf(lineEnd)];
  return {
    at(position) {
      while (next >= 0 && next < position) {
        line += 1;
        next = text.indexOf(lineEnd, next + 1);
      }
      return line;
    },
  };
}

const BLOCK = 64 * 1024;

/** The number of the first line that is not UTF-8, from 1; null when there is one line. No character of several bytes contains a line end. */
export function firstLineNotUtf8(text: Buffer): number | null {
  const lineEnd = lineEndOf(text);
  const firstEnd = text.indexOf(lineEnd);
  if (firstEnd < 0 || firstEnd === text.length - 1) return null;
  const block = firstNotUtf8(text, lineEnd, 0, BLOCK);
  return lineCounter(text).at(firstNotUtf8(text, lineEnd, block, 1));
}

/** Where the first lines begin that are not UTF-8. Lines are checked together, at least `size` bytes at a time. */
function firstNotUtf8(text: Buffer, lineEnd: number, from: number, size: number): number {
  for (let at = from; ;) {
    const end = text.indexOf(lineEnd, at + size - 1);
    if (end < 0 || !isUtf8(text.subarray(at, end))) return at;
    at = end + 1;
  }
}
