import { type FieldError } from '../contracts/problem';
import { MAX_DEPTH, MAX_MEMBERS } from './json-safety';

/** The limit on values in the whole text, more than any operation takes. Commas are counted; brackets alone cost the parser little. */
const MAX_VALUES = 10_000;

/** Text that is shorter cannot hold more than 1000 members or elements. */
const SMALLEST_BYTES = 2 * MAX_MEMBERS;

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [ARRAY_START, ARRAY_END, OBJECT_START, OBJECT_END] = [0x5b, 0x5d, 0x7b, 0x7d];

/** An object or a list that has begun. */
interface Container {
  isArray: boolean;
  /** How many commas it has so far: the index of the current element. */
  commas: number;
  /** Where the last text in it is, quotes included; at a colon that is the name of the member. */
  lastText: [start: number, end: number];
  name: [start: number, end: number];
}

/**
 * Finds the first object or list with more than 1000 members or elements, or more than 10 000 values in all, before the text is parsed:
 * parsing an object with thousands of members takes several milliseconds for 100 kB, counting them a tenth of one. Text that is not JSON
 * is left to the parser.
 *
 * @param json UTF-8
 */
export function jsonSizeFault(json: Buffer): FieldError | null {
  if (json.length < SMALLEST_BYTES) return null;
  const open: Container[] = [];
  let [values, deeper] = [0, 0];
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at];
    const container = deeper > 0 ? undefined : open.at(-1);
    if (byte === QUOTE) {
      const end = endOfText(json, at);
      if (container) container.lastText = [at, end];
      at = end - 1;
    } else if (byte === COLON) {
      if (container) container.name = container.lastText;
    } else if (byte === COMMA) {
      if (container) container.commas += 1;
      values += 1;
      if (container && container.commas >= MAX_MEMBERS) return faultOf(json, open, container);
    } else if (byte === ARRAY_START || byte === OBJECT_START) {
      // The check of the parsed value refuses deeper nesting.
      if (open.length > MAX_DEPTH) deeper += 1;
      else open.push({ isArray: byte === ARRAY_START, commas: 0, lastText: [0, 0], name: [0, 0] });
    } else if (byte === ARRAY_END || byte === OBJECT_END) {
      if (deeper > 0) deeper -= 1;
      else open.pop();
    }
    if (values > MAX_VALUES) return { path: '', message: `must not have more than ${MAX_VALUES} values` };
  }
  return null;
}

/** The place behind the closing quote, or the end of the JSON. */
function endOfText(json: Buffer, start: number): number {
  let at = start + 1;
  while (at < json.length && json[at] !== QUOTE) at += json[at] === BACKSLASH ? 2 : 1;
  return Math.min(at + 1, json.length);
}

function faultOf(json: Buffer, open: readonly Container[], { isArray }: Container): FieldError {
  const path = open.slice(0, -1).reduce((before, container) => {
    if (container.isArray) return `${before}[${container.commas}]`;
    const name = nameIn(json, container);
    return before === '' ? name : `${before}.${name}`;
  }, '');
  return { path, message: `must not have more than ${MAX_MEMBERS} ${isArray ? 'elements' : 'members'}` };
}

function nameIn(json: Buffer, { name: [start, end] }: Container): string {
  try {
    return String(JSON.parse(json.toString('utf8', start, end)));
  } catch {
    return '';
  }
}
