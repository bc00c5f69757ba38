type Entry = Readonly<Record<string, unknown>>;

const SHOWN_OTHERWISE = ['timestamp', 'level', 'message', 'service', 'stack', 'correlation_id'];
const SHOWN_IN_REQUEST = ['method', 'path', 'status', 'duration_ms'];

/**
 * Formats one line of a service's log, a JSON object. Any other line is returned unchanged.
 * @param orderId the order that all lines are about: it is omitted, and times include milliseconds
 */
export function readableLine(line: string, orderId: string | null = null): string {
  const entry = parseEntry(line);
  if (entry === null) return line;
  const isRequest = SHOWN_IN_REQUEST.every((name) => name in entry);
  const hidden = isRequest ? [...SHOWN_OTHERWISE, ...SHOWN_IN_REQUEST] : SHOWN_OTHERWISE;
  const details = Object.keys(entry).filter(
    (name) => !hidden.includes(name) && !(name === 'order_id' && entry[name] === orderId),
  );
  // The correlation id is long, so it comes last.
  if ('correlation_id' in entry) details.push('correlation_id');
  return [
    timeOfDay(entry['timestamp'], orderId !== null),
    textOf(entry['level']).toUpperCase().padEnd(5),
    isRequest ? requestOf(entry) : textOf(entry['message']),
    ...details.map((name) => `${name}=${textOf(entry[name])}`),
    ...(typeof entry['stack'] === 'string' ? [`\n${entry['stack']}`] : []),
  ].join(' ');
}

function requestOf(entry: Entry): string {
  const [method, path, status, duration] = SHOWN_IN_REQUEST.map((name) => textOf(entry[name]));
  return `${method ?? ''} ${path ?? ''} ${status ?? ''} (${duration ?? ''} ms)`;
}

function parseEntry(line: string): Entry | null {
  if (!line.startsWith('{')) return null;
  try {
    return JSON.parse(line) as Entry;
  } catch {
    return null;
  }
}

function timeOfDay(timestamp: unknown, isExact: boolean): string {
  const time = new Date(textOf(timestamp));
  if (Number.isNaN(time.getTime())) return textOf(timestamp);
  const second = time.toTimeString().slice(0, 8);
  return isExact ? `${second}.${String(time.getMilliseconds()).padStart(3, '0')}` : second;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}
