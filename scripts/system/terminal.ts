import { isAbsolute, join, relative } from 'node:path';
import { styleText } from 'node:util';
import { type OperatorError } from './operator-error';

type Style = Parameters<typeof styleText>[0];

const NAME_WIDTH = 18;

/** Coloured text, if the terminal supports colours and NO_COLOR is not set. */
export function styled(style: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return stream.isTTY && stream.hasColors() ? styleText(style, text) : text;
}

/** Prints a status line: a name and what happened. */
export function report(name: string, text: string): void {
  console.log(`  ${styled('bold', name.padEnd(NAME_WIDTH))}${text}`);
}

/** Prints a failure to standard error. */
export function reportFailure({ message, details }: OperatorError): void {
  console.error(styled('red', message, process.stderr));
  for (const line of details) console.error(`  ${line}`);
}

/** The folder that the script was called from; the script itself runs in the project's folder. */
let calledFrom = process.cwd();

export function setCalledFrom(folder: string): void {
  calledFrom = folder;
}

/** When the script was called, before any installation, in milliseconds since 1970. */
let calledAt = performance.timeOrigin;

export function setCalledAt(time: number): void {
  calledAt = time;
}

/** Whole seconds since the script was called, such as "24 s". */
export function secondsSinceCall(): string {
  return `${String(Math.round((Date.now() - calledAt) / 1_000))} s`;
}

/** A path, shortened relative to the folder that the script was called from. */
export function shortPath(path: string): string {
  const fromHere = relative(calledFrom, path);
  return fromHere.startsWith('..') ? path : fromHere;
}

/** A command of the script for the caller's folder, such as "./scripts/manage-system.sh down". */
export function commandLine(command: string): string {
  const script = shortPath(join(__dirname, '..', 'manage-system.sh'));
  const path = isAbsolute(script) ? script : `./${script}`;
  return `${/^[\w./-]+$/.test(path) ? path : `'${path}'`} ${command}`;
}

/** Seconds since `start` (of performance.now) to a tenth, such as "1.2 s". */
export function secondsSince(start: number): string {
  return `${((performance.now() - start) / 1000).toFixed(1)} s`;
}
