import { closeSync, readSync } from 'node:fs';
import { openExisting } from './read-log';

const CHUNK_BYTES = 1024 * 1024;
/** Services write no longer lines; longer sequences without a line break are skipped. */
const LONGEST_LINE_BYTES = 16 * CHUNK_BYTES;

/**
 * Calls back with every complete line that contains one of the needles. Lines without a needle are not decoded, so that long logs stay cheap.
 * @param needles called again for each part of the log
 * @returns the position in the file after the last complete line
 */
export function scanLog(
  file: string,
  needles: () => readonly string[],
  onLine: (line: string) => void,
): number {
  const descriptor = openExisting(file);
  if (descriptor === null) return 0;
  try {
    let end = 0;
    let rest: Buffer = Buffer.alloc(0);
    for (;;) {
      const chunk = Buffer.alloc(CHUNK_BYTES);
      const length = readSync(descriptor, chunk, 0, chunk.length, end + rest.length);
      if (length === 0) return end;
      const read = Buffer.concat([rest, chunk.subarray(0, length)]);
      const wholeLines = read.subarray(0, read.lastIndexOf('\n') + 1);
      matchingLines(wholeLines, needles()).forEach(onLine);
      end += wholeLines.length;
      rest = read.subarray(wholeLines.length);
      if (rest.length > LONGEST_LINE_BYTES) {
        end += rest.length;
        rest = Buffer.alloc(0);
      }
    }
  } finally {
    closeSync(descriptor);
  }
}

function matchingLines(lines: Buffer, needles: readonly string[]): string[] {
  if (!needles.some((needle) => lines.includes(needle))) return [];
  return lines
    .toString()
    .split('\n')
    .filter((line) => needles.some((needle) => line.includes(needle)));
}
