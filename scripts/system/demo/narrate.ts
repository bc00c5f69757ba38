import { isDeepStrictEqual } from 'node:util';
import { OperatorError } from '../operator-error';
import { styled } from '../terminal';
import { asCurl } from './call';
import { type Answer, type Check, type HttpRequest, type Step, type Story } from './story';
import { type OrderWatch } from './watch-order';

const SHOWN_HEADERS = ['location', 'etag', 'idempotency-replayed', 'retry-after'];
const SECRET = /("access_token": ")[^"]{12,}/;

export function showHeading(number: number, of: number, { heading, why }: Step): void {
  console.log(`\n${styled('bold', `${String(number).padStart(2)}/${String(of)}  ${heading}`)}`);
  console.log(styled('dim', `       ${why}`));
}

export function showRequest(request: HttpRequest): void {
  console.log(styled('cyan', indented(`$ ${asCurl(request)}`)));
}

/** The answer as a person wants it: status, the headers that mean something, readable JSON. */
export function showAnswer({ status, statusText, headers, body, text }: Answer): void {
  console.log(indented(styled(status < 400 ? 'green' : 'yellow', `HTTP ${String(status)} ${statusText}`)));
  for (const name of SHOWN_HEADERS) {
    const value = headers.get(name);
    if (value !== null) console.log(indented(`${name}: ${value}`));
  }
  const readable = body === null ? text : JSON.stringify(body, null, 2);
  console.log(indented(readable.replace(SECRET, '$1…')));
}

/** @throws OperatorError at the first check that does not hold */
export function showChecks(checks: readonly Check[], answer: Answer, story: Story): void {
  for (const { what, expected, got } of checks) {
    const found = got(answer, story);
    if (!isDeepStrictEqual(found, expected)) {
      throw new OperatorError(`The demo went wrong at ${what}:`, [
        `expected  ${JSON.stringify(expected)}`,
        `got       ${JSON.stringify(found)}`,
      ]);
    }
    console.log(indented(`${styled('green', 'ok')} ${what} ${JSON.stringify(found)}`));
  }
}

/**
 * Shows each status of a watched order when it comes.
 * @throws OperatorError unless they are exactly those expected, in that order
 */
export async function showStatuses(watch: OrderWatch | null, expected: readonly string[]): Promise<void> {
  const seen: string[] = [];
  for await (const { status, afterMs } of watch?.statuses() ?? []) {
    seen.push(status);
    console.log(indented(`${(afterMs / 1000).toFixed(1).padStart(5)} s  ${styled('bold', status)}`));
  }
  if (!isDeepStrictEqual(seen, expected)) {
    throw new OperatorError('The order did not take the way it should:', [
      `expected  ${expected.join(', ')}`,
      `got       ${seen.join(', ')}`,
    ]);
  }
}

const indented = (text: string): string => text.replaceAll(/^/gm, '       ');
