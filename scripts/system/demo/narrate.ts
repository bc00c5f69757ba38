import { isDeepStrictEqual } from 'node:util';
import { OperatorError } from '../operator-error';
import { styled } from '../terminal';
import { asCurl } from './call';
import { readableJson } from './readable-json';
import {
  at,
  type Answer,
  type Check,
  type Finding,
  type HttpRequest,
  type RequestStep,
  type Step,
  type Story,
} from './story';
import { type ReceivedWebhook } from './webhook-server';

const SHOWN_HEADERS = ['location', 'etag', 'idempotency-replayed', 'retry-after'];
const TOKEN = 'access_token';
/** Members that are hidden, with the number of characters that are shown. */
const SECRETS = { [TOKEN]: 3, secret: 'whsec_'.length } as const;
const MARGIN = ' '.repeat(7);
const LONGEST_LINE = 100;

export function showHeading(number: number, of: number, { heading, why }: Step): void {
  console.log(`\n${styled('bold', `${String(number).padStart(2)}/${String(of)}  ${heading}`)}`);
  console.log(styled('dim', indented(wrapped(why))));
}

export function showRequest(
  request: HttpRequest,
  { keep }: Pick<RequestStep, 'keep'>,
  { variables }: Story,
): void {
  const keepsToken = keep?.member === TOKEN ? keep.as : undefined;
  const command = asCurl(request, { variables, width: textWidth(), keepsToken });
  console.log(styled('cyan', indented(`$ ${command}`)));
}

/** Prints status, selected headers and formatted JSON of a response. */
export function showAnswer(answer: Answer, { excerpt }: RequestStep): void {
  const { status, statusText, headers, body, text } = answer;
  console.log(indented(styled(status < 400 ? 'green' : 'yellow', `HTTP ${String(status)} ${statusText}`)));
  for (const name of SHOWN_HEADERS) {
    const value = headers.get(name);
    if (value !== null) console.log(indented(`${name}: ${value}`));
  }
  const shown = excerpt ? excerpt(answer) : hidingSecrets(body);
  const lines = shown === null ? text : readableJson(shown, textWidth());
  if (lines !== '') console.log(indented(lines.split('\n').map(withinLongestLine).join('\n')));
}

/** Prints the shell variable that later commands use; the token command sets its own. */
export function showKept({ keep }: RequestStep, story: Story): void {
  if (keep && keep.member !== TOKEN) showVariable(keep.as, story);
}

export function showVariable(name: string, { variables }: Pick<Story, 'variables'>): void {
  console.log(styled('cyan', indented(`$ ${name}=${variables[name] ?? ''}`)));
}

/** @throws OperatorError at the first failed check */
export function showChecks(checks: readonly Check[], answer: Answer, story: Story): void {
  showFindings(checks.map(({ what, expected, got }) => ({ what, expected, found: got(answer, story) })));
}

/** @throws OperatorError at the first value that is not the expected one */
export function showFindings(findings: readonly Finding[]): void {
  for (const { what, expected, found } of findings) {
    if (!isDeepStrictEqual(found, expected)) {
      throw new OperatorError(`The demo failed at ${what}:`, [
        `expected  ${JSON.stringify(expected)}`,
        `got       ${JSON.stringify(found)}`,
      ]);
    }
    console.log(
      indented(`${styled('green', 'ok')} ${shortened(`${what} ${JSON.stringify(found)}`, textWidth() - 3)}`),
    );
  }
}

/** Prints when something arrived, and its columns with their widths. The first is emphasised. */
export function showArrival(afterMs: number, ...columns: [text: string, width: number][]): void {
  const [first = '', ...rest] = columns.map(([text, width]) => text.padEnd(width));
  const time = `${(afterMs / 1000).toFixed(1)} s`.padEnd('10.0 s'.length);
  console.log(indented([time, styled('bold', first), ...rest].join('  ').trimEnd()));
}

export function showNote(text: string): void {
  console.log(indented(text));
}

/** Prints a request that was received: its headers about the message, and its body. */
export function showMessage({ path, headers, body }: ReceivedWebhook): void {
  console.log(indented(styled('green', `POST ${path}`)));
  for (const name of Object.keys(headers).filter((header) =>
    /^(content-type|user-agent|webhook-.*)$/.test(header),
  ))
    console.log(indented(`${name}: ${headers[name] ?? ''}`));
  console.log(indented(readableJson(JSON.parse(body), textWidth())));
}

/** Hides secrets, because terminal output may be recorded. */
function hidingSecrets(body: unknown): unknown {
  const hidden = Object.entries(SECRETS).flatMap(([name, shown]) => {
    const secret = at(body, name);
    return typeof secret === 'string' ? [[name, `${secret.slice(0, shown)}…`]] : [];
  });
  return hidden.length === 0 ? body : { ...(body as object), ...Object.fromEntries(hidden) };
}

const indented = (text: string): string => text.replaceAll(/^/gm, MARGIN);

/** Characters between the margin and the right edge of the screen. */
const textWidth = (): number =>
  Math.min(process.stdout.columns || LONGEST_LINE, LONGEST_LINE) - MARGIN.length;

/** A long text, such as the scopes of a token, is cut where a terminal of the usual width would divide it. */
const withinLongestLine = (line: string): string => shortened(line, LONGEST_LINE - MARGIN.length);

const shortened = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, width - 1)}…`;

function wrapped(text: string): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = `${lines.at(-1) ?? ''} ${word}`.trimStart();
    if (line.length <= textWidth()) lines[lines.length - 1] = line;
    else lines.push(word);
  }
  return lines.join('\n');
}
