import { relative } from 'node:path';
import { styleText } from 'node:util';
import { type OperatorError } from './operator-error';

type Style = Parameters<typeof styleText>[0];

const NAME_WIDTH = 18;

/** Text in colour if the screen can show colours and the user did not switch them off (NO_COLOR). */
export function styled(style: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return stream.isTTY && stream.hasColors() ? styleText(style, text) : text;
}

/** One line of what is being done: what it concerns, and what happened to it. */
export function report(name: string, text: string): void {
  console.log(`  ${styled('bold', name.padEnd(NAME_WIDTH))}${text}`);
}

/** Shows a failure on standard error. */
export function reportFailure({ message, details }: OperatorError): void {
  console.error(styled('red', message, process.stderr));
  for (const line of details) console.error(`  ${line}`);
}

/** A path as short as it can be said from here. */
export function shortPath(path: string): string {
  const fromHere = relative(process.cwd(), path);
  return fromHere.startsWith('..') ? path : fromHere;
}

/** Seconds since `start` (of performance.now) to a tenth, such as "1.2 s". */
export function secondsSince(start: number): string {
  return `${((performance.now() - start) / 1000).toFixed(1)} s`;
}
