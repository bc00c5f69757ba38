import { once } from 'node:events';
import { join } from 'node:path';
import { COMPONENT_NAMES, type ComponentName } from '../components/component';
import { agreedSettings } from '../instance/settings-in-force';
import { followFile } from '../logs/follow-file';
import { type LogEntry, mergedByTime, toEntries } from '../logs/log-entry';
import { linesOfOrder, type LinesOfOrder, readOrderId } from '../logs/lines-of-order';
import { LONGEST_READ_BYTES, readLogs, type LogRange } from '../logs/read-log';
import { type NamedLog, readOrder } from '../logs/read-order';
import { readableLine } from '../logs/readable-line';
import { readSince, readTail } from '../logs/since';
import { OperatorError } from '../operator-error';
import { type Settings } from '../settings';
import { currentSystem, allComponents } from '../system';
import { styled } from '../terminal';

export interface LogOptions {
  /** Empty: all. */
  readonly names: readonly ComponentName[];
  readonly tail?: string;
  readonly since?: string;
  /** Only the lines of the order with this id. */
  readonly order?: string;
  readonly follow: boolean;
}

const SERVICES = ['order-service', 'delivery-service'] as const;
const COLOURS = ['cyan', 'magenta', 'blue', 'yellow', 'green'] as const;
const LINES_BEFORE_FOLLOWING = '25';
const SHOW_EVERY_MS = 250;

/** Shows the logs of the named components, or of all, sorted by time, then new lines until Ctrl-C. With `order`, only its lines. */
export async function logs(given: Settings, options: LogOptions): Promise<number> {
  const order = options.order === undefined ? null : linesOfOrder(readOrderId(options.order));
  const settings = agreedSettings(given);
  const range = rangeOf(options);
  const names = withLogs(settings, options.names.length > 0 || !order ? options.names : SERVICES);
  const show = printer(names, order?.orderId ?? null);
  const files = names.map((name) => ({ name, file: join(settings.stateFolder, 'logs', `${name}.log`) }));
  const { entries, ends: positions } = order ? ofOrder(files, order, range, options) : readAll(files, range);
  show(entries);
  if (!options.follow) return 0;
  const added: LogEntry[] = [];
  const ends = files.map(({ name, file }, index) =>
    followFile(file, 4096, (line) => take(name, line), positions[index]),
  );
  function take(name: string, line: string): void {
    order?.learn(line);
    if (!order || order.isOne(line)) added.push(...toEntries(name, [line], Date.now()));
  }
  const timer = setInterval(() => show(added.splice(0)), SHOW_EVERY_MS);
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM'), once(process.stdout, 'error')]);
  for (const end of ends) end();
  clearInterval(timer);
  show(added);
  return 0;
}

function rangeOf({ tail, since, follow, order }: LogOptions): LogRange {
  const isBrief = follow && since === undefined && order === undefined;
  return {
    tail: readTail(tail ?? (isBrief ? LINES_BEFORE_FOLLOWING : 'all')),
    since: since === undefined ? null : readSince(since, Date.now()),
  };
}

interface ReadLogs {
  readonly entries: readonly LogEntry[];
  /** The position after the last line of each file. */
  readonly ends: readonly number[];
}

function readAll(files: readonly NamedLog[], range: LogRange): ReadLogs {
  const found = files.map(({ name, file }) => readLogs(name, file, range));
  const cut = files.filter((_, index) => found[index]?.isCut);
  if (cut.length > 0)
    console.error(
      `Only the last ${String(LONGEST_READ_BYTES / 2 ** 20)} MB are shown of ${cut.map(({ file }) => file).join(', ')}.`,
    );
  return { entries: found.flatMap(({ entries }) => entries), ends: found.map(({ end }) => end) };
}

/** @throws OperatorError when there is no line and `follow` is off */
function ofOrder(
  files: readonly NamedLog[],
  order: LinesOfOrder,
  range: LogRange,
  { since, follow }: LogOptions,
): ReadLogs {
  const read = readOrder(files, order, range);
  if (read.found > 0 && (read.recent > 0 || follow)) return read;
  const when = read.found > 0 && since !== undefined ? ` since ${since}` : '';
  const logs = files.map(({ name }) => name).join(' and ');
  throw new OperatorError(`No line about order ${order.orderId} in the logs of ${logs}${when}.`);
}

/** @throws OperatorError when a named component has no log here */
function withLogs(settings: Settings, names: readonly ComponentName[]): ComponentName[] {
  const ours = allComponents(currentSystem(settings))
    .filter(({ control }) => control !== null)
    .map(({ name }) => name);
  const strange = names.filter((name) => !ours.includes(name));
  if (strange.length > 0)
    throw new OperatorError(`There is no log of ${strange.join(', ')} here; there are ${ours.join(', ')}.`);
  return ours.filter((name) => names.length === 0 || names.includes(name));
}

/** Prints entries, each with the name of its component. */
function printer(
  names: readonly ComponentName[],
  orderId: string | null,
): (entries: readonly LogEntry[]) => void {
  const width = Math.max(...names.map((name) => name.length));
  return (entries) => {
    for (const { component, line } of mergedByTime(entries)) {
      const colour = COLOURS[COMPONENT_NAMES.findIndex((name) => name === component)] ?? 'white';
      console.log(`${styled(colour, `${component.padEnd(width)} |`)} ${readableLine(line, orderId)}`);
    }
  };
}
