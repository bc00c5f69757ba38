import { isDeepStrictEqual } from 'node:util';
import { OperatorError } from '../operator-error';
import { secondsSinceCall, styled } from '../terminal';
import { asCurl } from './call';
import { readableJson } from './readable-json';
import {
  at,
  type Answer,
  type Check,
  type HttpRequest,
  type OrderWatch,
  type Step,
  type Story,
} from './story';

const SHOWN_HEADERS = ['location', 'etag', 'idempotency-replayed', 'retry-after'];
const TOKEN = 'access_token';
const MARGIN = ' '.repeat(7);
const LONGEST_LINE = 100;

export function showHeading(number: number, of: number, { heading, why }: Step): void {
  console.log(`\n${styled('bold', `${String(number).padStart(2)}/${String(of)}  ${heading}`)}`);
  console.log(styled('dim', indented(wrapped(why))));
}

export function showRequest(request: HttpRequest, { keep }: Step, { variables }: Story): void {
  const keepsToken = keep?.member === TOKEN ? keep.as : undefined;
  const command = asCurl(request, { variables, width: textWidth(), keepsToken });
  console.log(styled('cyan', indented(`$ ${command}`)));
}

/** Prints status, selected headers and formatted JSON of a response. */
export function showAnswer(answer: Answer, { excerpt }: Step): void {
  const { status, statusText, headers, body, text } = answer;
  console.log(indented(styled(status < 400 ? 'green' : 'yellow', `HTTP ${String(status)} ${statusText}`)));
  for (const name of SHOWN_HEADERS) {
    const value = headers.get(name);
    if (value !== null) console.log(indented(`${name}: ${value}`));
  }
  const shown = excerpt ? excerpt(answer) : hidingSecrets(body);
  console.log(indented(shown === null ? text : readableJson(shown, textWidth())));
}

/** Prints the shell variables that later commands use; the token command sets its own. */
export function showKept({ keep }: Step, { variables }: Story): void {
  if (keep && keep.member !== TOKEN)
    console.log(styled('cyan', indented(`$ ${keep.as}=${variables[keep.as] ?? ''}`)));
}

/** @throws OperatorError at the first failed check */
export function showChecks(checks: readonly Check[], answer: Answer, story: Story): void {
  for (const { what, expected, got } of checks) {
    const found = got(answer, story);
    if (!isDeepStrictEqual(found, expected)) {
      throw new OperatorError(`The demo failed at ${what}:`, [
        `expected  ${JSON.stringify(expected)}`,
        `got       ${JSON.stringify(found)}`,
      ]);
    }
    console.log(indented(`${styled('green', 'ok')} ${what} ${JSON.stringify(found)}`));
  }
}

/**
 * Prints each status of a watched order as it is observed.
 * @throws OperatorError unless they are exactly those expected, in that order
 */
export async function showStatuses(watch: OrderWatch | null, expected: readonly string[]): Promise<void> {
  const seen: string[] = [];
  for await (const { status, afterMs } of watch?.statuses() ?? []) {
    seen.push(status);
    console.log(indented(`${(afterMs / 1000).toFixed(1).padStart(5)} s  ${styled('bold', status)}`));
  }
  if (!isDeepStrictEqual(seen, expected)) {
    throw new OperatorError('The statuses of the order are not as expected:', [
      `expected  ${expected.join(', ')}`,
      `got       ${seen.join(', ')}`,
    ]);
  }
  console.log(indented(`${expected.at(-1) ?? ''} ${secondsSinceCall()} after the command was called`));
}

/** Hides tokens, because terminal output may be recorded. */
function hidingSecrets(body: unknown): unknown {
  const token = at(body, TOKEN);
  return typeof token === 'string' ? { ...(body as object), [TOKEN]: `${token.slice(0, 3)}…` } : body;
}

const indented = (text: string): string => text.replaceAll(/^/gm, MARGIN);

/** Characters between the margin and the right edge of the screen. */
const textWidth = (): number =>
  Math.min(process.stdout.columns || LONGEST_LINE, LONGEST_LINE) - MARGIN.length;

function wrapped(text: string): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = `${lines.at(-1) ?? ''} ${word}`.trimStart();
    if (line.length <= textWidth()) lines[lines.length - 1] = line;
    else lines.push(word);
  }
  return lines.join('\n');
}
