import { type FieldError } from './problem';

/**
 * Matches a number that could differ from its double (IEEE 754 binary64). Every other number survives the conversion into a double and
 * back: it has at most fifteen significant digits and an exponent of at most two digits. A number occurs at the start or after one of
 * these characters; digits inside strings seldom do. The parts are ordered for speed, because every body is searched.
 */
const LONG_NUMBER = /[[:,\s]-?\d(?:[\d.]{15}|[\d.]*[eE][-+]?\d{3})/;
const STARTS_WITH_NUMBER = /^-?\d/;

const TEXT_OR_NUMBER = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g;

/** Cannot occur in an accepted JSON text. */
const MARK = '\u0000';

const MESSAGE = 'must be a number that a double (IEEE 754 binary64) holds exactly';

/**
 * Finds a number in JSON text that parsing would change, such as 80000000000000.01 (it would become 80000000000000.02),
 * 19.990000000000000001 or 1e400. RFC 8259 §6 warns of them; here they are errors, because the sender did not mean the changed number.
 * Other forms of the same number (1.10, 1e2) are accepted.
 *
 * @param json valid JSON without NUL in its strings.
 */
export function inexactNumber(json: string): FieldError | null {
  if (!LONG_NUMBER.test(json) && !STARTS_WITH_NUMBER.test(json)) return null;
  const marked = json.replace(TEXT_OR_NUMBER, (token) =>
    token.startsWith('"') || isExact(token) ? token : `"\\u0000${token}"`,
  );
  if (marked.length === json.length) return null;
  const path = pathOfMark(JSON.parse(marked));
  // Null when a later member of the same name replaces the number.
  return path === null ? null : { path, message: MESSAGE };
}

/** Finds the path of the mark. Does not use recursion, so that deep nesting cannot exhaust the stack. */
function pathOfMark(root: unknown): string | null {
  const visits = [{ value: root, path: '' }];
  for (let visit = visits.pop(); visit; visit = visits.pop()) {
    const { value, path } = visit;
    if (typeof value === 'string' && value.startsWith(MARK)) return path;
    if (typeof value !== 'object' || value === null) continue;
    for (const [key, member] of Object.entries(value)) {
      const at = Array.isArray(value) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
      visits.push({ value: member, path: at });
    }
  }
  return null;
}

/** JavaScript prints a double as the shortest decimal number that is nearest to this double and to no other. */
function isExact(literal: string): boolean {
  const double = Number(literal);
  return Number.isFinite(double) && decimalForm(literal) === decimalForm(String(double));
}

/** A canonical form of a decimal number: its digits without surrounding zeros, and the power of ten of the last digit. */
function decimalForm(number: string): string {
  const [, whole = '', fraction = '', exponent = '0'] =
    /^-?(\d+)(?:\.(\d+))?(?:[eE]([-+]?\d+))?$/.exec(number) ?? [];
  const digits = (whole + fraction).replace(/^0+/, '');
  let end = digits.length;
  while (digits[end - 1] === '0') end -= 1;
  if (end === 0) return '0';
  return `${digits.slice(0, end)}e${Number(exponent) - fraction.length + digits.length - end}`;
}
