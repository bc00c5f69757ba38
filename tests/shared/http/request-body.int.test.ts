import { expect } from 'chai';
import { createBaseApp } from '../../../src/shared/http/base-app';
import { createHttpServer, type HttpServer } from '../../../src/shared/http/http-server';
import { jsonBody } from '../../../src/shared/http/json-body';
import { exchange } from '../../support/raw-http';
import { silentLogger } from '../../support/service-pair';

const NOT_UTF8: [name: string, bytes: number[]][] = [
  ['an invalid first byte', [0xff]],
  ['a sequence without its end', [0xc3, 0x28]],
  ['a sequence cut off by the end', [0xe2, 0x82]],
  ['an overlong form', [0xc0, 0xaf]],
  ['a surrogate (CESU-8)', [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]],
  ['a code point above U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
];

const UTF8 = ['utf-8', 'UTF-8', 'utf8', 'Utf8', '"utf-8"', '"UTF8"'];
const OTHER_CHARSETS = ['latin1', 'utf-16', 'utf-16le', 'us-ascii', '"iso-8859-1"', 'utf-8x', '""'];

describe('a request body', () => {
  let server: HttpServer;
  let url: string;
  before(async () => {
    const app = createBaseApp({ logger: silentLogger }, (routes) => {
      routes.post('/refused', (_request, response) => void response.status(401).json({ refused: true }));
      routes.post(
        '/echo',
        ...jsonBody,
        (request, response) => void response.json(request.body === undefined ? 'absent' : request.body),
      );
    });
    server = createHttpServer({ app, host: '127.0.0.1', port: 0 });
    await server.start();
    url = `http://127.0.0.1:${server.port()}/echo`;
  });
  after(() => server.stop());

  async function post(body: Buffer | string, contentType = 'application/json') {
    const response = await fetch(url, { method: 'POST', body, headers: { 'Content-Type': contentType } });
    return { status: response.status, body: (await response.json()) as { code?: string; detail?: string } };
  }

  for (const [name, bytes] of NOT_UTF8) {
    it(`given ${name}, then 400 reports that it is not UTF-8`, async () => {
      const { status, body } = await post(Buffer.from([0x22, ...bytes, 0x22]));
      expect([status, body.code, body.detail]).to.deep.equal([
        400,
        'malformed_json',
        'the request body is not UTF-8',
      ]);
    });
  }

  it('given many lines that end in LF, CRLF or CR, then the first line that is not UTF-8 is named', async () => {
    for (const lineEnd of ['\n', '\r\n', '\r'])
      for (const lines of [0, 1, 20_000]) {
        const text = Buffer.from(`ä${lineEnd}`.repeat(lines));
        const { body } = await post(Buffer.concat([text, Buffer.from([0xff]), Buffer.from(`${lineEnd}b`)]));
        expect(body.detail).to.equal(`the request body is not UTF-8 in line ${lines + 1}`);
      }
  });

  it('given any spelling of UTF-8 as charset, then the body is read; any other charset is 415', async () => {
    for (const charset of UTF8)
      expect((await post('"ä 😀"', `application/json; charset=${charset}`)).body, charset).to.equal('ä 😀');
    for (const charset of OTHER_CHARSETS) {
      const { status, body } = await post('""', `application/json; charset=${charset}`);
      expect([status, body.code], charset).to.deep.equal([415, 'unsupported_media_type']);
    }
  });

  it('given a byte order mark, then the first is skipped, and a second one is invalid JSON', async () => {
    expect((await post('\ufeff{"a":1}')).body).to.deep.equal({ a: 1 });
    expect((await post('\ufeff\ufeff{}')).body.code).to.equal('malformed_json');
  });

  it('given an empty body with any framing, then it counts as absent; null is a value', async () => {
    const framed = (head: string): Promise<string> =>
      exchange(server.port(), `POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${head}`);
    expect(await framed('\r\n')).to.contain('"absent"');
    expect(await framed('Content-Length: 0\r\n\r\n')).to.contain('"absent"');
    const chunked = 'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n';
    expect(await framed(chunked)).to.contain('"absent"');
    expect((await post('null')).body).to.equal(null);
  });

  describe('that the caller announces (Expect)', () => {
    const ask = (head: string, version = '1.1', path = '/echo'): Promise<string> =>
      exchange(server.port(), `POST ${path} HTTP/${version}\r\nHost: x\r\n${head}\r\n\r\n`);

    it('given 100-continue and valid headers, then 100 is sent, and the body is answered', async () => {
      const head = 'Content-Type: application/json\r\nContent-Length: 2\r\nConnection: close';
      for (const expectation of ['100-continue', '100-Continue']) {
        const answer = await ask(`${head}\r\nExpect: ${expectation}\r\n\r\n{}`);
        expect(answer).to.match(/^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 OK\r\n/);
      }
    });

    it('given 100-continue and refused headers, then the refusal is sent instead of 100', async () => {
      const json = 'Content-Type: application/json\r\nExpect: 100-continue\r\nContent-Length:';
      expect(await ask(`${json} 200000`)).to.match(
        /^HTTP\/1.1 413 [^]*Connection: close[^]*larger than 100 kB/,
      );
      expect(await ask(`${json} 2`, '1.1', '/refused')).to.match(/^HTTP\/1.1 401 [^]*Connection: close/);
      const text = 'Content-Type: text/plain\r\nExpect: 100-continue\r\nContent-Length: 2';
      expect(await ask(text)).to.match(/^HTTP\/1.1 415 [^]*Connection: close/);
    });

    it('given any other expectation, then a 417 problem document; HTTP/1.0 ignores it', async () => {
      for (const expectation of ['202-accepted', '100-continue, x', 'x']) {
        const answer = await ask(`Connection: close\r\nExpect: ${expectation}`);
        expect(answer).to.match(/^HTTP\/1.1 417 [^]*application\/problem\+json/);
        expect(JSON.parse(answer.slice(answer.indexOf('{')))).to.include({ code: 'expectation_failed' });
      }
      expect(await ask('Expect: x', '1.0')).to.contain('"absent"');
    });
  });
});
