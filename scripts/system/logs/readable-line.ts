const SHOWN_OTHERWISE = ['timestamp', 'level', 'message', 'service', 'stack'];

/** One line of a service's log, a JSON object, as a person reads it. Any other line is left as it is. */
export function readableLine(line: string): string {
  const entry = parseEntry(line);
  if (entry === null) return line;
  const head = `${timeOfDay(entry['timestamp'])} ${textOf(entry['level']).toUpperCase().padEnd(5)} ${textOf(entry['message'])}`;
  const details = Object.entries(entry)
    .filter(([name]) => !SHOWN_OTHERWISE.includes(name))
    .map(([name, value]) => `${name}=${textOf(value)}`);
  const stack = typeof entry['stack'] === 'string' ? `\n${entry['stack']}` : '';
  return [head, ...details].join(' ') + stack;
}

function parseEntry(line: string): Record<string, unknown> | null {
  if (!line.startsWith('{')) return null;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return null;
  }
}

function timeOfDay(timestamp: unknown): string {
  const time = new Date(textOf(timestamp));
  return Number.isNaN(time.getTime()) ? textOf(timestamp) : time.toTimeString().slice(0, 8);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}
