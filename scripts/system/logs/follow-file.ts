import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';

const LOOK_EVERY_MS = 200;
const CHUNK_BYTES = 64 * 1024;

/**
 * Gives every line of a log to `onLine`: first those of its last `tailBytes`, then each that is added. The file may be
 * made, shortened or replaced meanwhile.
 * @param from begins at this position in the file instead
 * @returns a function that ends it
 */
export function followFile(
  file: string,
  tailBytes: number,
  onLine: (line: string) => void,
  from: number | null = null,
): () => void {
  let position = from;
  let rest = '';
  const look = (): void => {
    if (!existsSync(file)) return;
    const added = readFrom(file, position, tailBytes);
    position = added.end;
    const lines = (rest + added.text).split('\n');
    rest = lines.pop() ?? '';
    lines.forEach(onLine);
  };
  look();
  const timer = setInterval(look, LOOK_EVERY_MS);
  return () => clearInterval(timer);
}

function readFrom(file: string, position: number | null, tailBytes: number): { text: string; end: number } {
  const descriptor = openSync(file, 'r');
  try {
    const { size } = fstatSync(descriptor);
    const isFirstLook = position === null || position > size;
    let start = isFirstLook ? Math.max(0, size - tailBytes) : position;
    const chunks: Buffer[] = [];
    while (start < size) {
      const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, size - start));
      start += readSync(descriptor, chunk, 0, chunk.length, start);
      chunks.push(chunk);
    }
    const text = Buffer.concat(chunks).toString();
    const isCut = isFirstLook && size > tailBytes;
    return { text: isCut ? text.slice(text.indexOf('\n') + 1) : text, end: size };
  } finally {
    closeSync(descriptor);
  }
}
