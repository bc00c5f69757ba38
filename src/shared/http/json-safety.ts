import { type FieldError } from '../contracts/problem';
import { isStorable } from '../contracts/text';

export const MAX_DEPTH = 32;
/** More than any operation takes; a longer list or object is refused before its contents cost anything. */
export const MAX_MEMBERS = 1_000;
const UNSAFE_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

/** A value and where it was found; its path is put together only when it is faulty, because most are not. */
interface Visit {
  value: unknown;
  key: string | number;
  parent: Visit | null;
  depth: number;
}

/**
 * What makes parsed JSON unfit to be handled, whatever it is for: nesting deeper than 32 levels, more than 1000 members or elements in
 * one place, members that could reach an object's prototype, and text with NUL or unpaired surrogates, in members' names too. Walks
 * without recursion, so that depth costs no stack.
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
  if (typeof key === 'string' && UNSAFE_KEYS.has(key)) return 'is not a possible name of a member';
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
