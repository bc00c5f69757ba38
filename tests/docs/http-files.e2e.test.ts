import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { send, type ApiResponse } from '../support/api-client';
import { startServicePair, type ServicePair } from '../support/service-pair';

interface HttpRequest {
  title: string;
  /** The name by which later requests refer to the answer. */
  name: string | null;
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string;
  /** The statuses in its comment. */
  expected: number[];
}

describe('the files for HTTP clients', () => {
  let pair: ServicePair;
  before(async () => {
    pair = await startServicePair({ variables: { SIMULATED_STEP_MS: '5000' } });
    const shop = await pair.client();
    const order = { customer_id: 'ada', items: [{ product_id: 'lamp', quantity: 1, unit_price: 79.9 }] };
    expect((await shop.post('/orders', order)).status).to.equal(201);
  });
  after(() => pair.stop());

  for (const file of readdirSync('demo').filter((name) => name.endsWith('.http'))) {
    it(`given ${file}, when its requests are sent from top to bottom, then each answer has the status of its comment`, async () => {
      const variables: Record<string, string> = {};
      const answers: Record<string, ApiResponse> = {};
      const blocks = readFileSync(join('demo', file), 'utf8').split(/^###/m);
      for (const block of blocks) {
        for (const [, name, value] of block.matchAll(/^@(\w+) = (.+)$/gm))
          variables[name!] = filled(value!, variables, answers);
        Object.assign(variables, { orderUrl: pair.orderUrl, deliveryUrl: pair.deliveryUrl });
        const request = requestOf(block);
        if (!request) continue;
        const answer = await sent(request, variables, answers);
        if (request.name) answers[request.name] = answer;
        expect(request.expected, `${request.title}: ${answer.text}`).to.include(answer.status);
      }
    });
  }
});

function requestOf(block: string): HttpRequest | null {
  const [head = '', ...rest] = block.split('\n\n');
  const lines = head.split('\n');
  const start = lines.findIndex((line) => /^(GET|POST|PUT|PATCH|DELETE) /.test(line));
  const [, method = '', url = ''] = /^(\S+) (\S+)/.exec(lines[start] ?? '') ?? [];
  if (method === '') return null;
  const headers = lines.slice(start + 1).map((line) => line.split(': ') as [string, string]);
  return {
    title: lines[0]!.trim(),
    name: /^# @name (\w+)$/m.exec(head)?.[1] ?? null,
    method,
    url,
    headers: Object.fromEntries(headers.filter(([name]) => name !== '')),
    body: rest.join('\n\n').trim(),
    expected: [...(/^# Answers .+$/m.exec(head)?.[0] ?? '').matchAll(/\d{3}/g)].map(Number),
  };
}

async function sent(
  request: HttpRequest,
  variables: Record<string, string>,
  answers: Record<string, ApiResponse>,
): Promise<ApiResponse> {
  const fill = (text: string): string => filled(text, variables, answers);
  const headers = Object.entries(request.headers).map(([name, value]) => [name, fill(value)]);
  const body = request.body === '' ? undefined : fill(request.body);
  return send(fill(request.url), request.method, body, Object.fromEntries(headers) as Record<string, string>);
}

/** Replaces `{{name}}` by the variable, and `{{request.response.body.$.path}}` by that member of the request's answer. */
function filled(
  text: string,
  variables: Record<string, string>,
  answers: Record<string, ApiResponse>,
): string {
  return text.replaceAll(
    /\{\{(\w+)(?:\.response\.body\.\$\.([^}]+))?\}\}/g,
    (_, name: string, path?: string) => {
      if (path === undefined) return variables[name] ?? '';
      const members = path.match(/\w+/g) ?? [];
      const body = answers[name]?.body as unknown;
      return String(members.reduce((value, member) => (value as Record<string, unknown>)[member], body));
    },
  );
}
