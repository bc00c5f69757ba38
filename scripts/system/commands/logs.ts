import { once } from 'node:events';
import { join } from 'node:path';
import { COMPONENT_NAMES, type ComponentName } from '../components/component';
import { agreedSettings } from '../instance/settings-in-force';
import { followFile } from '../logs/follow-file';
import { type LogEntry, mergedByTime, toEntries } from '../logs/log-entry';
import { readLog } from '../logs/read-log';
import { readableLine } from '../logs/readable-line';
import { readSince, readTail } from '../logs/since';
import { OperatorError } from '../operator-error';
import { type Settings } from '../settings';
import { currentSystem, allComponents } from '../system';
import { styled } from '../terminal';

export interface LogOptions {
  /** None means all. */
  readonly names: readonly ComponentName[];
  readonly tail?: string;
  readonly since?: string;
  readonly follow: boolean;
}

const COLOURS = ['cyan', 'magenta', 'blue', 'yellow', 'green'] as const;
const LINES_BEFORE_FOLLOWING = '25';
const SHOW_EVERY_MS = 250;

/** Shows the logs of the named components, or of all, by time, and then whatever is added, until Ctrl-C. */
export async function logs(given: Settings, options: LogOptions): Promise<number> {
  const settings = agreedSettings(given);
  const { since, follow } = options;
  const range = {
    tail: readTail(options.tail ?? (follow && since === undefined ? LINES_BEFORE_FOLLOWING : 'all')),
    since: since === undefined ? null : readSince(since, Date.now()),
  };
  const names = withLogs(settings, options.names);
  const show = printer(names);
  const fileOf = (name: string): string => join(settings.stateFolder, 'logs', `${name}.log`);
  const found = names.map((name) => ({ name, ...readLog(name, fileOf(name), range) }));
  show(found.flatMap(({ entries }) => entries));
  if (!follow) return 0;
  const added: LogEntry[] = [];
  const ends = found.map(({ name, end }) =>
    followFile(fileOf(name), 4096, (line) => added.push(...toEntries(name, [line], Date.now())), end),
  );
  const timer = setInterval(() => show(added.splice(0)), SHOW_EVERY_MS);
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM'), once(process.stdout, 'error')]);
  for (const end of ends) end();
  clearInterval(timer);
  show(added);
  return 0;
}

/** @throws OperatorError when a named component writes no log of ours */
function withLogs(settings: Settings, names: readonly ComponentName[]): ComponentName[] {
  const ours = allComponents(currentSystem(settings))
    .filter(({ control }) => control !== null)
    .map(({ name }) => name);
  const strange = names.filter((name) => !ours.includes(name));
  if (strange.length > 0)
    throw new OperatorError(`There is no log of ${strange.join(', ')} here; there are ${ours.join(', ')}.`);
  return ours.filter((name) => names.length === 0 || names.includes(name));
}

/** Shows entries by time, each with the name of its component. */
function printer(names: readonly ComponentName[]): (entries: readonly LogEntry[]) => void {
  const width = Math.max(...names.map((name) => name.length));
  return (entries) => {
    for (const { component, line } of mergedByTime(entries)) {
      const colour = COLOURS[COMPONENT_NAMES.findIndex((name) => name === component)] ?? 'white';
      console.log(`${styled(colour, `${component.padEnd(width)} |`)} ${readableLine(line)}`);
    }
  };
}
