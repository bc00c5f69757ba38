import { UNAVAILABLE } from '../../../src/shared/contracts/problem';
import { once } from 'node:events';
import { connect } from 'node:net';
import { expect } from 'chai';
import { type RequestHandler } from 'express';
import sinon from 'sinon';
import { AppError } from '../../../src/shared/errors';
import { createBaseApp } from '../../../src/shared/http/base-app';
import { jsonBody } from '../../../src/shared/http/json-body';
import { canonicalJson } from '../../../src/shared/idempotency/idempotency-key';
import { type HealthChecks } from '../../../src/shared/http/health-checks';
import { healthOperations } from '../../../src/shared/http/health-operations';
import { operationRoutes } from '../../../src/shared/http/operation-routes';
import { createHttpServer, type HttpServer } from '../../../src/shared/http/http-server';
import { methodNotAllowed } from '../../../src/shared/http/error-handler';
import { send } from '../../support/api-client';

const pass: RequestHandler = (_request, _response, next) => next();
const gate = { authenticate: pass, limit: pass };
const ok = () => Promise.resolve();
const down = () => Promise.reject(new Error('no answer'));

describe('the base application of every service', () => {
  const logger = { error: sinon.spy(), warn: sinon.spy(), info: sinon.spy(), debug: sinon.spy() };
  const checks: Record<string, HealthChecks[string]> = {};
  let server: HttpServer;
  let url: string;
  let release: () => void = () => undefined;
  before(async () => {
    const app = createBaseApp({ logger }, (routes) => {
      routes.use(operationRoutes(healthOperations('test-service', checks, logger), gate));
      routes.use(jsonBody);
      routes.post('/echo', (request, response) => void response.json(request.body));
      routes.all('/echo', methodNotAllowed('POST'));
      routes.get('/bug', () => {
        throw new TypeError('secret detail of the code');
      });
      routes.get('/busy', () => {
        throw new AppError(UNAVAILABLE, 'come back later', { retryAfterSeconds: 7 });
      });
      routes.get('/slow', async (_request, response) => {
        await new Promise<void>((resolve) => (release = resolve));
        response.json({ done: true });
      });
    });
    server = createHttpServer({ app, host: '127.0.0.1', port: 0 });
    await server.start();
    url = `http://127.0.0.1:${server.port()}`;
  });
  after(() => server.stop());

  it('given an unknown path, then a 404 problem document with code, instance and correlation id', async () => {
    const { status, headers, body } = await send(`${url}/nothing?secret=1`, 'GET');
    expect([status, headers.get('content-type')]).to.deep.equal([
      404,
      'application/problem+json; charset=utf-8',
    ]);
    expect(body).to.include({ title: 'Not Found', status: 404, code: 'unknown_path', instance: '/nothing' });
    expect(body.type).to.equal('/docs/errors.md#unknown_path');
    expect(body.correlation_id).to.equal(headers.get('x-correlation-id'));
    expect((await send(url + (body.type as string), 'GET')).text).to.contain('### unknown_path');
  });

  it('given another method, then 405 with Allow', async () => {
    const { status, headers } = await send(`${url}/echo`, 'PUT', {});
    expect([status, headers.get('allow')]).to.deep.equal([405, 'POST']);
  });

  it('given a correlation id, then a well-formed one is kept and any other replaced', async () => {
    const idOf = async (given: string) =>
      (await send(`${url}/nothing`, 'GET', undefined, { 'X-Correlation-Id': given })).headers.get(
        'x-correlation-id',
      );
    expect(await idOf('abc-123:x.y_z')).to.equal('abc-123:x.y_z');
    expect(await idOf('has spaces')).to.match(/^[0-9a-f-]{36}$/);
    expect(await idOf('x'.repeat(129))).to.match(/^[0-9a-f-]{36}$/);
  });

  it('given an unexpected error, then 500 has no details, and the log has all', async () => {
    const { status, text, body } = await send(`${url}/bug`, 'GET');
    expect([status, body.code]).to.deep.equal([500, 'internal_error']);
    expect(text).not.to.contain('secret detail');
    expect(JSON.stringify(logger.error.lastCall.args)).to.contain('secret detail');
  });

  it('given an unavailable dependency, then 503 with Retry-After', async () => {
    const { status, headers } = await send(`${url}/busy`, 'GET');
    expect([status, headers.get('retry-after')]).to.deep.equal([503, '7']);
  });

  it('given bodies that are malformed, too large or in an unknown encoding, then each has its own answer', async () => {
    const json = { 'Content-Type': 'application/json' };
    expect((await send(`${url}/echo`, 'POST', '{', json)).body.code).to.equal('malformed_json');
    expect((await send(`${url}/echo`, 'POST', { x: 'y'.repeat(101 * 1024) })).status).to.equal(413);
    expect((await send(`${url}/echo`, 'POST', '{}', { ...json, 'Content-Encoding': 'zip' })).status).to.equal(
      415,
    );
    expect((await send(`${url}/%E0%A4%A`, 'GET')).status).to.be.oneOf([400, 404]);
  });

  it('given any answer, then it has the security headers and no X-Powered-By', async () => {
    const { headers } = await send(`${url}/nothing`, 'GET');
    expect(headers.get('x-content-type-options')).to.equal('nosniff');
    expect(headers.get('x-powered-by')).to.equal(null);
    expect(headers.get('access-control-allow-origin')).to.equal(null);
  });

  it('given components up and down, then health lists them, and only a critical one makes the service down', async () => {
    Object.assign(checks, { main: { check: ok, critical: true }, side: { check: down, critical: false } });
    const degraded = await send(`${url}/health`, 'GET');
    expect(degraded.status).to.equal(200);
    expect(degraded.body).to.deep.include({
      status: 'degraded',
      components: {
        main: { status: 'up' },
        side: { status: 'down', error: 'it does not work; the log has the reason' },
      },
    });
    expect((await send(`${url}/health/ready`, 'GET')).status).to.equal(200);
    checks['main'] = { check: down, critical: true };
    expect((await send(`${url}/health`, 'GET')).status).to.equal(503);
    expect((await send(`${url}/health/ready`, 'GET')).status).to.equal(503);
    expect((await send(`${url}/health/live`, 'GET')).status).to.equal(200);
  });

  it('given a component that never answers, then it counts as down', async () => {
    checks['main'] = { check: () => new Promise(() => undefined), critical: true };
    expect((await send(`${url}/health/ready`, 'GET')).status).to.equal(503);
  });

  it('given a taken port, then the start error names it', async () => {
    const second = createHttpServer({ app: () => undefined, host: '127.0.0.1', port: server.port() });
    const error = await second.start().catch((thrown: Error) => thrown.message);
    expect(error).to.equal(`port ${server.port()} is already in use`);
    await second.stop();
  });

  it('given a request in progress when the server stops, then it is answered, and new requests are not accepted', async () => {
    const idle = connect(server.port(), '127.0.0.1');
    await once(idle, 'connect');
    const answer = send(`${url}/slow`, 'GET');
    while (logger.info.callCount === 0) await new Promise(setImmediate);
    await new Promise((resolve) => setTimeout(resolve, 50));
    idle.destroy();
    const stopped = server.stop();
    expect(await send(`${url}/echo`, 'POST', {}).catch(() => 'refused')).to.equal('refused');
    release();
    expect((await answer).body).to.deep.equal({ done: true });
    await stopped;
  });
});

describe('canonicalJson', () => {
  it('given the same data with another member order, then the canonical text is the same; other data has another text', () => {
    expect(canonicalJson({ b: [1, { d: 1, c: 2 }], a: null })).to.equal('{"a":null,"b":[1,{"c":2,"d":1}]}');
    expect(canonicalJson({ a: [2, 1] })).not.to.equal(canonicalJson({ a: [1, 2] }));
  });
});
