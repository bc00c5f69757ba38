/** One line of a component's log with its sort time. */
export interface LogEntry {
  readonly component: string;
  readonly line: string;
  /** Milliseconds since 1970. */
  readonly time: number;
}

const ISO = /"timestamp":"([^"]+)"/;
/** Such as `2026-01-02 03:04:05.678 UTC [99] LOG:  ready`. */
const OF_POSTGRES = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?) (?:UTC|GMT)/;
/** Such as `99:M 02 Jan 2026 03:04:05.678 * Ready`; the servers that the script starts write UTC. */
const OF_REDIS = /^\d+:[A-Z] (\d\d \w{3} \d{4} \d\d:\d\d:\d\d(?:\.\d+)?) /;

/** The time of a line in milliseconds since 1970; null for a line without a time. */
export function timeOfLine(line: string): number | null {
  const [, iso] = line.startsWith('{') ? (ISO.exec(line) ?? []) : [];
  const [, date, time] = OF_POSTGRES.exec(line) ?? [];
  const [, redis] = OF_REDIS.exec(line) ?? [];
  const text = iso ?? (date === undefined ? redis && `${redis} UTC` : `${date}T${String(time)}Z`);
  const found = text === undefined ? NaN : Date.parse(text);
  return Number.isNaN(found) ? null : found;
}

/**
 * The lines of one log as entries. A line without a time (a stack, a banner) gets the time of the previous line, or `earliest` if there is
 * none.
 */
export function toEntries(component: string, lines: readonly string[], earliest: number): LogEntry[] {
  let time = earliest;
  return lines.map((line) => {
    time = timeOfLine(line) ?? time;
    return { component, line, time };
  });
}

/** All entries sorted by time; the order within a component is kept. */
export function mergedByTime(entries: readonly LogEntry[]): LogEntry[] {
  return entries.toSorted((a, b) => a.time - b.time);
}
