import { closeSync, fstatSync, readSync } from 'node:fs';
import { openExisting } from './read-log';

const LOOK_EVERY_MS = 200;
const READ_AT_ONCE_BYTES = 4 * 1024 * 1024;

/** The followed file and the position up to which it was read; the inode is unknown before the first read. */
interface Place {
  readonly inode: number | null;
  readonly position: number;
}

/**
 * Calls `onLine` for every line of a log: first those of its last `tailBytes`, then each new line. The file may be created, truncated or
 * replaced at any time.
 * @param from position in the file to begin at instead
 * @returns a function that stops following
 */
export function followFile(
  file: string,
  tailBytes: number,
  onLine: (line: string) => void,
  from: number | null = null,
): () => void {
  let place: Place | null = from === null ? null : { inode: null, position: from };
  let rest = Buffer.alloc(0);
  const look = (): void => {
    const added = readFrom(file, place, tailBytes);
    if (added === null) return;
    place = added;
    const read = Buffer.concat([added.isAnew ? Buffer.alloc(0) : rest, added.bytes]);
    const end = read.lastIndexOf('\n') + 1;
    rest = read.subarray(end);
    if (end > 0)
      read
        .toString('utf8', 0, end - 1)
        .split('\n')
        .forEach(onLine);
  };
  look();
  const timer = setInterval(look, LOOK_EVERY_MS);
  return () => clearInterval(timer);
}

/** Reads at most 4 MB after `place`; null when the file does not exist or cannot be read. */
function readFrom(
  file: string,
  place: Place | null,
  tailBytes: number,
): (Place & { bytes: Buffer; isAnew: boolean }) | null {
  const descriptor = openIfPossible(file);
  if (descriptor === null) return null;
  try {
    const { size, ino: inode } = fstatSync(descriptor);
    const isAnew = place !== null && (place.position > size || (place.inode ?? inode) !== inode);
    const start = place === null ? Math.max(0, size - tailBytes) : isAnew ? 0 : place.position;
    const bytes = Buffer.alloc(Math.min(READ_AT_ONCE_BYTES, size - start));
    const read = bytes.subarray(0, readSync(descriptor, bytes, 0, bytes.length, start));
    const isCut = place === null && start > 0;
    return {
      inode,
      position: start + read.length,
      bytes: isCut ? read.subarray(read.indexOf('\n') + 1) : read,
      isAnew,
    };
  } finally {
    closeSync(descriptor);
  }
}

function openIfPossible(file: string): number | null {
  try {
    return openExisting(file);
  } catch {
    return null;
  }
}
