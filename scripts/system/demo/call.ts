import { OperatorError } from '../operator-error';
import { readableJson } from './readable-json';
import { type Answer, type HttpRequest, type Story } from './story';

const TIMEOUT_MS = 5000;
const BODY_INDENT = 8;
const READ_TOKEN = `node -pe 'JSON.parse(require("fs").readFileSync(0)).access_token'`;

/**
 * Sends a request of the demo.
 * @throws OperatorError when no answer comes
 */
export async function call(request: HttpRequest, story: Pick<Story, 'variables'>): Promise<Answer> {
  try {
    return await answerTo(request, story);
  } catch (error) {
    const { message, cause } = error as Error;
    const reason = cause instanceof Error ? cause.message : message;
    throw new OperatorError(`No answer to ${request.method} ${request.url}:`, [reason]);
  }
}

async function answerTo(request: HttpRequest, story: Pick<Story, 'variables'>): Promise<Answer> {
  const response = await fetch(request.url, {
    method: request.method,
    headers: {
      ...(request.token !== undefined && { Authorization: `Bearer ${story.variables[request.token] ?? ''}` }),
      ...(request.body !== undefined && { 'Content-Type': 'application/json' }),
      ...request.headers,
    },
    ...(request.body !== undefined && { body: JSON.stringify(request.body) }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const text = await response.text();
  const { status, statusText, headers } = response;
  return { status, statusText, headers, text, body: parsed(text) };
}

export interface CurlOptions {
  /** Values that are replaced by a shell variable. */
  variables: Readonly<Record<string, string>>;
  /** Maximum length of a line of the body. */
  width: number;
  /** The shell variable that receives the token of the response. */
  keepsToken: string | undefined;
}

/** The request as a curl command. */
export function asCurl(request: HttpRequest, { variables, width, keepsToken }: CurlOptions): string {
  const { method, url, token, headers, body, secret, isStream = false } = request;
  const isImplied = method === (body === undefined ? 'GET' : 'POST');
  const parts = [
    `curl -s${isStream ? 'N' : ''} ${isImplied ? '' : `-X ${method} `}${withVariables(url, variables)}`,
    ...(token === undefined ? [] : [`-H "Authorization: Bearer $${token}"`]),
    ...Object.entries(headers ?? {}).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    ...(body === undefined
      ? []
      : [`-H 'Content-Type: application/json'`, `-d ${hidden(quoted(bodyText(body, width)), secret)}`]),
  ];
  const command = parts.join(' \\\n    ');
  return keepsToken === undefined ? command : `${keepsToken}=$(${command} \\\n    | ${READ_TOKEN})`;
}

/** A URL with a query is quoted because of `&` and `?`. */
function withVariables(url: string, variables: Readonly<Record<string, string>>): string {
  const known = Object.entries(variables).filter(([, value]) => value !== '');
  const shown = known.reduce((text, [name, value]) => text.replace(value, `$${name}`), url);
  return url.includes('?') ? `"${shown}"` : shown;
}

/** Line breaks are inserted between JSON tokens only. */
function bodyText(body: unknown, width: number): string {
  const lines = readableJson(body, width - BODY_INDENT - "' \\".length);
  return lines.replaceAll('\n', `\n${' '.repeat(BODY_INDENT)}`);
}

/** A secret is replaced by its shell variable. */
const hidden = (text: string, secret: HttpRequest['secret']): string =>
  secret ? text.replace(JSON.stringify(secret.value), `"'"$${secret.variable}"'"`) : text;

const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
