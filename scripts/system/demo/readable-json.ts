/**
 * JSON text for people: what fits into a line is one line, what does not gets a line for each member.
 * @param width characters that a line may have
 */
export function readableJson(value: unknown, width: number): string {
  return lines(value, width, 0);
}

const STEP = 2;

/** `taken`: how much of the first line is in use already, by the name of the member that the value belongs to. */
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
