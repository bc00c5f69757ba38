import { VALIDATION_FAILED } from '../contracts/problem-types';
import { AppError } from '../errors';

/**
 * The pairs of form-encoded text (WHATWG URL §5.1), in their order. Percent-encoding must be complete and stand for UTF-8: anything
 * else would silently become other text.
 *
 * @throws AppError `invalid_input` naming the parameter.
 */
export function formPairs(text: string): [name: string, value: string][] {
  return text
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const end = pair.includes('=') ? pair.indexOf('=') : pair.length;
      const [name, value] = [formDecoded(pair.slice(0, end)), formDecoded(pair.slice(end + 1))];
      if (name === null || value === null) throw undecodable(name ?? pair.slice(0, end));
      return [name, value];
    });
}

/** Null when the text is not percent-encoded UTF-8. */
export function formDecoded(text: string): string | null {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return null;
  }
}

function undecodable(path: string): AppError {
  const message = 'must be percent-encoded UTF-8';
  return new AppError(VALIDATION_FAILED, `a parameter ${message}`, { errors: [{ path, message }] });
}

/**
 * The query string by name; of a name that is repeated, an array.
 *
 * @throws AppError `invalid_input` naming the first parameter that is not percent-encoded UTF-8.
 */
export function parsedQuery(query: string | null | undefined): Record<string, string | string[]> {
  const values = Object.create(null) as Record<string, string | string[]>;
  for (const [name, value] of formPairs(query ?? '')) {
    const earlier = values[name];
    if (earlier === undefined) values[name] = value;
    else if (Array.isArray(earlier)) earlier.push(value);
    else values[name] = [earlier, value];
  }
  return values;
}
