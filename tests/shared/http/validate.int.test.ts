import { once } from 'node:events';
import { connect } from 'node:net';
import { expect } from 'chai';
import sinon from 'sinon';
import { z } from 'zod';
import { uuid } from '../../../src/shared/contracts/text';
import { QUEUE_NOT_FOUND } from '../../../src/shared/contracts/queues';
import { createBaseApp } from '../../../src/shared/http/base-app';
import { createHttpServer, type HttpServer } from '../../../src/shared/http/http-server';
import { jsonBody } from '../../../src/shared/http/json-body';
import { parseBody, parseParams, parseQuery } from '../../../src/shared/http/validate';
import { send } from '../../support/api-client';
import { eventually } from '../../support/eventually';
import { exchange } from '../../support/raw-http';

const ID = '0190a0a0-0000-7000-8000-00000000000a';
const JSON_TYPE = { 'Content-Type': 'application/json' };

const thing = z.strictObject({
  name: z.string(),
  parts: z.array(z.strictObject({ size: z.int() })).default([]),
});

describe('checked input', () => {
  const logger = { error: sinon.spy(), warn: sinon.spy(), info: sinon.spy(), debug: sinon.spy() };
  let server: HttpServer;
  let url: string;
  before(async () => {
    const app = createBaseApp({ logger }, (routes) => {
      routes.use(jsonBody);
      routes.get('/health/live', (_request, response) => {
        response.json({ status: 'up', service: 'test' });
      });
      routes.post('/things', (request, response) => void response.json(parseBody(thing, request)));
      routes.post('/nothing', (request, response) => {
        response.json(parseBody(z.strictObject({}), request));
      });
      routes.get('/things', (request, response) => {
        response.json(parseQuery(z.strictObject({ status: z.enum(['NEW', 'OLD']) }), request));
      });
      routes.get('/things/:thing_id', (request, response) => {
        response.json(parseParams(z.object({ thing_id: uuid }), request, QUEUE_NOT_FOUND));
      });
      routes.get('/endless', () => undefined);
      routes.get('/half', (_request, response) => {
        response.write('half');
        throw new Error('in the middle');
      });
    });
    server = createHttpServer({ app, host: '127.0.0.1', port: 0 });
    await server.start();
    url = `http://127.0.0.1:${server.port()}`;
  });
  after(() => server.stop());

  /** The log lines of a path at that level; each test uses its own path. */
  const logged = (level: 'info' | 'debug', path: string): Record<string, unknown>[] =>
    logger[level].args
      .map(([, fields]) => fields as Record<string, unknown>)
      .filter((fields) => fields['path'] === path);

  it('given a valid body, when it is parsed, then the route receives it with defaults', async () => {
    const { status, body } = await send(`${url}/things`, 'POST', { name: 'a' });
    expect([status, body]).to.deep.equal([200, { name: 'a', parts: [] }]);
  });

  it('given several faults, when the body is parsed, then each is named by its path, including unknown members', async () => {
    const parts = [{ size: 1.5, colour: 'red' }];
    const { status, body } = await send(`${url}/things`, 'POST', { parts, extra: 1 });
    expect([status, body.code]).to.deep.equal([400, 'validation_failed']);
    expect(body.errors.map(({ path }: { path: string }) => path)).to.have.members([
      'name',
      'parts[0].size',
      'parts[0].colour',
      'extra',
    ]);
  });

  it('given a body that is not an object, when it is parsed, then it is refused as a whole', async () => {
    for (const text of ['null', '[]', '"text"', '1']) {
      const { status, body } = await send(`${url}/things`, 'POST', text, JSON_TYPE);
      expect([status, body.code], text).to.deep.equal([400, 'validation_failed']);
    }
  });

  it('given a body of another type, when it is parsed, then 415; given none, then it counts as empty', async () => {
    const other = await send(`${url}/things`, 'POST', '{"name":"a"}', { 'Content-Type': 'text/plain' });
    expect([other.status, other.body.code]).to.deep.equal([415, 'unsupported_media_type']);
    expect((await send(`${url}/nothing`, 'POST')).status).to.equal(200);
  });

  it('given a query, when it is parsed, then invalid and unknown parameters are named', async () => {
    expect((await send(`${url}/things?status=NEW`, 'GET')).body).to.deep.equal({ status: 'NEW' });
    const wrong = await send(`${url}/things?status=NEW&status=OLD&page=1`, 'GET');
    expect([wrong.status, wrong.body.errors.map(({ path }: { path: string }) => path)]).to.deep.equal([
      400,
      ['status', 'page'],
    ]);
  });

  it('given a query that is not percent-encoded UTF-8, when it is parsed, then 400 names the parameter', async () => {
    for (const [query, path] of [
      ['status=%FF', 'status'],
      ['status=NEW&x=%C3%28', 'x'],
      ['status=%ED%A0%80', 'status'],
      ['status=NEW&%FE=1', '%FE'],
      ['status=100%', 'status'],
      ['status=%zz', 'status'],
    ] as const) {
      const { status, body } = await send(`${url}/things?${query}`, 'GET');
      expect([status, body.code, body.errors], query).to.deep.equal([
        400,
        'validation_failed',
        [{ path, message: 'must be percent-encoded UTF-8' }],
      ]);
    }
    const raw = Buffer.from('GET /things?status=ä HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    expect(await exchange(server.port(), raw)).to.match(/^HTTP\/1.1 400 /);
    expect((await send(`${url}/things?stat%75s=%4E%45W&&`, 'GET')).body).to.deep.equal({ status: 'NEW' });
  });

  it('given an id in the path, when it is not a UUID, then the answer is the same as for an unknown id', async () => {
    expect((await send(`${url}/things/${ID.toUpperCase()}`, 'GET')).body).to.deep.equal({ thing_id: ID });
    const wrong = await send(`${url}/things/1`, 'GET');
    expect([wrong.status, wrong.body.code]).to.deep.equal([404, 'queue_not_found']);
    const undecodable = await send(`${url}/things/%E0%A4%A`, 'GET');
    expect([undecodable.status, undecodable.body.code]).to.deep.equal([400, 'malformed_request']);
  });

  it('given answered requests, when the log is read, then each has one line without its query, and probes are at debug', async () => {
    await send(`${url}/logged?secret=1`, 'GET');
    await send(`${url}/health/live`, 'GET');
    await eventually(() => expect(logged('debug', '/health/live')).to.have.length(1));
    expect(logged('info', '/health/live')).to.deep.equal([]);
    expect(logged('info', '/logged')).to.have.length(1);
    const [fields = {}] = logged('info', '/logged');
    expect(fields).to.include({ method: 'GET', status: 404 });
    expect(JSON.stringify(logger.info.args)).not.to.contain('secret');
    expect(fields['duration_ms']).to.be.a('number');
    expect(fields).not.to.have.property('aborted');
  });

  it('given a caller that disconnects, when the log is read, then the line says that the answer was not delivered', async () => {
    const socket = connect(server.port(), '127.0.0.1');
    await once(socket, 'connect');
    socket.write('GET /endless HTTP/1.1\r\nHost: x\r\n\r\n');
    await new Promise((resolve) => setTimeout(resolve, 20));
    socket.destroy();
    const [line] = await eventually(() => {
      expect(logged('info', '/endless')).to.have.length(1);
      return logged('info', '/endless');
    });
    expect(line).to.include({ aborted: true });
  });

  it('given an error after the answer began, when it is handled, then the connection is closed and only the log has the error', async () => {
    const print = sinon.stub(console, 'error');
    const outcome = await send(`${url}/half`, 'GET').catch(() => 'cut off');
    print.restore();
    expect(outcome).to.equal('cut off');
    expect(print.callCount, 'lines on the console').to.equal(0);
    expect(JSON.stringify(logger.error.firstCall.args)).to.contain('in the middle');
  });
});
