import { expect } from 'chai';
import { createBaseApp } from '../../../src/shared/http/base-app';
import { createHttpServer, type HttpServer } from '../../../src/shared/http/http-server';
import { jsonBody } from '../../../src/shared/http/json-body';
import { send } from '../../support/api-client';
import { silentLogger } from '../../support/service-pair';

const nested = (depth: number): string => `${'[{"a":'.repeat(depth / 2)}1${'}]'.repeat(depth / 2)}`;

const UNFIT: [name: string, body: string | Buffer, path: string][] = [
  ['33 levels', `[${nested(32)}]`, ''],
  ['a hundred kilobytes of brackets', `${'['.repeat(45_000)}${']'.repeat(45_000)}`, ''],
  ['__proto__', '{"a":{"__proto__":{"admin":true}}}', 'a.__proto__'],
  ['constructor', '[{"constructor":{"prototype":{}}}]', '[0].constructor'],
  ['NUL in a text', '{"items":[{"name":"a\\u0000b"}]}', 'items[0].name'],
  ['a lone surrogate in a text', '{"a":"\\ud800"}', 'a'],
  ['a number outside the range of a double', '{"a":[{"b":80000000000000.01}]}', 'a[0].b'],
  ['NUL in the name of a member', '{"a":{"b\\u0000":1}}', 'a'],
];

describe('a JSON body', () => {
  let server: HttpServer;
  let url: string;
  before(async () => {
    const app = createBaseApp({ logger: silentLogger }, (routes) => {
      routes.post('/echo', ...jsonBody, (request, response) => void response.json(request.body));
    });
    server = createHttpServer({ app, host: '127.0.0.1', port: 0 });
    await server.start();
    url = `http://127.0.0.1:${server.port()}/echo`;
  });
  after(() => server.stop());

  const post = (body: string | Buffer) =>
    send(url, 'POST', body.toString('latin1'), { 'Content-Type': 'application/json' });

  for (const [name, body, path] of UNFIT) {
    it(`given ${name}, then it is refused, and the path is named`, async () => {
      const answer = await post(body);
      expect([answer.status, answer.body.code]).to.deep.equal([400, 'validation_failed']);
      expect(answer.body.errors[0].path.slice(0, 100)).to.equal(
        path.slice(0, 100) || answer.body.errors[0].path.slice(0, 100),
      );
    });
  }

  it('given 32 levels, surrogate pairs and every other character, then the value is unchanged', async () => {
    expect((await post(nested(32))).text).to.equal(nested(32));
    const text = JSON.stringify({ 'ключ 🔑': 'emoji 😀, control \u001b[31m, line\nbreak' });
    const answer = await send(url, 'POST', text, { 'Content-Type': 'application/json' });
    expect(answer.text).to.equal(text);
  });

  it('given bytes that are not UTF-8, then they are refused instead of replaced', async () => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: Buffer.from([0x22, 0xc3, 0x28, 0x22]),
    });
    expect([response.status, ((await response.json()) as { code: string }).code]).to.deep.equal([
      400,
      'malformed_json',
    ]);
  });

  it('given another charset, then 415, because its numbers cannot be checked', async () => {
    const body = Buffer.from('{"a":80000000000000.01}', 'utf16le');
    const headers = { 'Content-Type': 'application/json; charset=utf-16le' };
    expect((await fetch(url, { method: 'POST', headers, body })).status).to.equal(415);
  });

  it('given bodies just below and just above 100 kB, then the first is accepted and the second refused', async () => {
    expect((await post(JSON.stringify('x'.repeat(102_398)))).status).to.equal(200);
    expect((await post(JSON.stringify('x'.repeat(102_399)))).body.code).to.equal('payload_too_large');
  });
});
