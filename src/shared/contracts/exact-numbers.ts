import { type FieldError } from './problem';

/**
 * A number that could differ from its double (IEEE 754 binary64). Any other is the same after the conversion into a double and back:
 * it has at most fifteen significant digits, and its exponent has at most two. A number stands at the start or behind one of these
 * characters; digits inside of texts seldom do. The order of the parts is for speed: every body is searched.
 */
const LONG_NUMBER = /[[:,\s]-?\d(?:[\d.]{15}|[\d.]*[eE][-+]?\d{3})/;
const STARTS_WITH_NUMBER = /^-?\d/;

const TEXT_OR_NUMBER = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g;

/** Not possible in a JSON text that was accepted. */
const MARK = '\u0000';

const MESSAGE = 'must be a number that a double (IEEE 754 binary64) holds exactly';

/**
 * A number of a JSON text that would be changed by reading it, such as 80000000000000.01 (it would become
 * 80000000000000.02), 19.990000000000000001 or 1e400. RFC 8259 §6 warns of them; here they are errors, because nobody asked for the
 * other number. Numbers that say the same in another form (1.10, 1e2) are not changed.
 *
 * @param json valid JSON without NUL in its texts.
 */
export function inexactNumber(json: string): FieldError | null {
  if (!LONG_NUMBER.test(json) && !STARTS_WITH_NUMBER.test(json)) return null;
  const marked = json.replace(TEXT_OR_NUMBER, (token) =>
    token.startsWith('"') || isExact(token) ? token : `"\\u0000${token}"`,
  );
  if (marked.length === json.length) return null;
  const path = pathOfMark(JSON.parse(marked));
  // Null: a later member of the same name replaces it.
  return path === null ? null : { path, message: MESSAGE };
}

/** Where the mark is, without recursion, so that depth costs no stack. */
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

/** JavaScript writes a double as the shortest decimal number that is nearest to it and to no other. */
function isExact(literal: string): boolean {
  const double = Number(literal);
  return Number.isFinite(double) && decimalForm(literal) === decimalForm(String(double));
}

/** The same text for the same decimal number: its digits without zeros around them, and the power of ten of the last one. */
function decimalForm(number: string): string {
  const [, whole = '', fraction = '', exponent = '0'] =
    /^-?(\d+)(?:\.(\d+))?(?:[eE]([-+]?\d+))?$/.exec(number) ?? [];
  const digits = (whole + fraction).replace(/^0+/, '');
  let end = digits.length;
  while (digits[end - 1] === '0') end -= 1;
  if (end === 0) return '0';
  return `${digits.slice(0, end)}e${Number(exponent) - fraction.length + digits.length - end}`;
}
