import { type FieldError } from '../contracts/problem';
import { isStorable } from '../contracts/text';

const MAX_DEPTH = 32;
/** More than any operation takes; a longer list or object is refused before its contents cost anything. */
const MAX_MEMBERS = 1_000;
const UNSAFE_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

interface Visit {
  value: unknown;
  path: string;
  depth: number;
}

/**
 * What makes parsed JSON unfit to be handled, whatever it is for: nesting deeper than 32 levels, more than 1000 members or elements in
 * one place, members that could reach an object's prototype, and text with NUL or unpaired surrogates, in members' names too. Walks
 * without recursion, so that depth costs no stack.
 */
export function jsonFault(root: unknown): FieldError | null {
  const visits: Visit[] = [{ value: root, path: '', depth: 0 }];
  for (let visit = visits.pop(); visit; visit = visits.pop()) {
    const { value, path, depth } = visit;
    if (typeof value === 'string' && !isStorable(value))
      return { path, message: 'must not contain NUL or unpaired surrogates' };
    if (typeof value !== 'object' || value === null) continue;
    if (depth >= MAX_DEPTH) return { path, message: `must not be nested deeper than ${MAX_DEPTH} levels` };
    if (Object.keys(value).length > MAX_MEMBERS)
      return {
        path,
        message: `must not have more than ${MAX_MEMBERS} ${Array.isArray(value) ? 'elements' : 'members'}`,
      };
    for (const [key, member] of Object.entries(value)) {
      const at = Array.isArray(value) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
      if (UNSAFE_KEYS.has(key)) return { path: at, message: 'is not a possible name of a member' };
      if (!isStorable(key))
        return { path, message: 'has a member whose name has NUL or unpaired surrogates' };
      visits.push({ value: member, path: at, depth: depth + 1 });
    }
  }
  return null;
}
