/**
 * Formatted JSON: a value that fits into a line stays on one line; otherwise each member gets its own line.
 * @param width maximum length of a line
 */
export function readableJson(value: unknown, width: number): string {
  return lines(value, width, 0);
}

const STEP = 2;

/** @param taken length of the member name that precedes the value on its first line */
function lines(value: unknown, width: number, indent: number, taken = 0): string {
  const short = oneLine(value);
  if (!isNested(value) || indent + taken + short.length <= width) return short;
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  const inner = indent + STEP;
  const members = Object.entries(value).map(([name, member]) => {
    const label = Array.isArray(value) ? '' : `${JSON.stringify(name)}: `;
    return `${' '.repeat(inner)}${label}${lines(member, width, inner, label.length)}`;
  });
  return `${String(open)}\n${members.join(',\n')}\n${' '.repeat(indent)}${String(close)}`;
}

function oneLine(value: unknown): string {
  if (!isNested(value)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(oneLine).join(', ')}]`;
  const members = Object.entries(value).map(
    ([name, member]) => `${JSON.stringify(name)}: ${oneLine(member)}`,
  );
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
}

function isNested(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
