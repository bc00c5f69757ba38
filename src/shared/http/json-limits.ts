import { type FieldError } from '../contracts/problem';
import { isStorable } from '../contracts/text';

const MAX_DEPTH = 32;
/** More than any operation accepts; a longer list or object is refused before its contents are checked. */
const MAX_MEMBERS = 1_000;
const UNSAFE_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

/** More than any operation accepts, in all places together. Only values followed by a comma count: brackets alone are parsed quickly. */
const MAX_VALUES = 10_000;

/** Shorter text cannot contain more than 1000 members or elements. */
const MIN_CHECKED_BYTES = 2 * MAX_MEMBERS;

/** A value and its place. Its path is built only for a faulty value, because most values are valid. */
interface Visit {
  value: unknown;
  key: string | number;
  parent: Visit | null;
  depth: number;
}

/**
 * Finds a fault that no operation accepts in parsed JSON: nesting deeper than 32 levels, more than 1000 members or elements in one place,
 * member names that could reach an object's prototype, or text (including member names) with NUL or unpaired surrogates. Does not use
 * recursion, so that deep nesting cannot exhaust the stack.
 */
export function jsonFault(root: unknown): FieldError | null {
  const visits: Visit[] = [{ value: root, key: '', parent: null, depth: 0 }];
  for (let visit = visits.pop(); visit; visit = visits.pop()) {
    const message = faultOf(visit);
    if (message !== null) return { path: pathOf(visit), message };
    addContents(visit, visits);
  }
  return null;
}

function faultOf({ value, key, depth }: Visit): string | null {
  if (typeof key === 'string' && UNSAFE_KEYS.has(key)) return 'is not an allowed member name';
  if (typeof value === 'string')
    return isStorable(value) ? null : 'must not contain NUL or unpaired surrogates';
  if (typeof value !== 'object' || value === null) return null;
  if (depth >= MAX_DEPTH) return `must not be nested deeper than ${MAX_DEPTH} levels`;
  if (Array.isArray(value))
    return value.length > MAX_MEMBERS ? `must not have more than ${MAX_MEMBERS} elements` : null;
  const names = Object.keys(value);
  if (names.length > MAX_MEMBERS) return `must not have more than ${MAX_MEMBERS} members`;
  return names.every(isStorable) ? null : 'has a member whose name has NUL or unpaired surrogates';
}

function addContents(visit: Visit, visits: Visit[]): void {
  const { value } = visit;
  if (typeof value !== 'object' || value === null) return;
  const depth = visit.depth + 1;
  if (Array.isArray(value))
    for (let at = 0; at < value.length; at += 1)
      visits.push({ value: value[at], key: at, parent: visit, depth });
  else
    for (const [key, member] of Object.entries(value))
      visits.push({ value: member, key, parent: visit, depth });
}

function pathOf({ key, parent }: Visit): string {
  if (!parent) return '';
  const before = pathOf(parent);
  if (typeof key === 'number') return `${before}[${key}]`;
  return before === '' ? key : `${before}.${key}`;
}

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [ARRAY_START, ARRAY_END, OBJECT_START, OBJECT_END] = [0x5b, 0x5d, 0x7b, 0x7d];

/** An object or a list that is still open. */
interface Container {
  isArray: boolean;
  /** The number of commas so far: the index of the current element. */
  commas: number;
  /** The place of the last text in it, quotes included; at a colon this is the name of the member. */
  lastText: [start: number, end: number];
  name: [start: number, end: number];
}

/**
 * Finds JSON text that is too large to parse: more than 1000 members or elements in one place, or more than 10 000 values. Parsing an
 * object with thousands of members takes several milliseconds for 100 kB, counting them a tenth of one. Text that is not JSON is left to
 * the parser, which refuses it.
 *
 * @param json UTF-8
 */
export function jsonSizeFault(json: Buffer): FieldError | null {
  if (json.length < MIN_CHECKED_BYTES) return null;
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
      if (container && container.commas >= MAX_MEMBERS) return tooManyIn(json, open, container);
    } else if (byte === ARRAY_START || byte === OBJECT_START) {
      // Deeper nesting is refused after parsing.
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

/** The position after the closing quote, or the end of the JSON. */
function endOfText(json: Buffer, start: number): number {
  let at = start + 1;
  while (at < json.length && json[at] !== QUOTE) at += json[at] === BACKSLASH ? 2 : 1;
  return Math.min(at + 1, json.length);
}

function tooManyIn(json: Buffer, open: readonly Container[], { isArray }: Container): FieldError {
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
