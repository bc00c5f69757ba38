import { type Answer, type HttpRequest, type Story } from './story';

const TIMEOUT_MS = 5000;
const READ_TOKEN = `node -pe 'JSON.parse(require("fs").readFileSync(0)).access_token'`;

/** Sends a request of the demo for real. */
export async function call(request: HttpRequest, story: Pick<Story, 'tokens'>): Promise<Answer> {
  const response = await fetch(request.url, {
    method: request.method,
    headers: {
      ...(request.token !== undefined && { Authorization: `Bearer ${story.tokens[request.token] ?? ''}` }),
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

/** The request as a line that a person can paste into a shell. */
export function asCurl({ method, url, token, headers, body, keepTokenAs }: HttpRequest): string {
  const parts = [
    `curl -s ${method === 'POST' ? '-X POST ' : ''}${url.includes('?') ? quoted(url) : url}`,
    ...(token === undefined ? [] : [`-H "Authorization: Bearer $${token}"`]),
    ...Object.entries(headers ?? {}).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    ...(body === undefined
      ? []
      : [`-H 'Content-Type: application/json'`, `-d ${quoted(JSON.stringify(body))}`]),
  ];
  const line = parts.join(' \\\n    ');
  return keepTokenAs === undefined ? line : `${keepTokenAs}=$(${line} \\\n    | ${READ_TOKEN})`;
}

const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
