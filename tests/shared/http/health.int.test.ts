import { UNAVAILABLE } from '../../../src/shared/contracts/problem';
import { expect } from 'chai';
import { type RequestHandler } from 'express';
import fc from 'fast-check';
import sinon from 'sinon';
import { AppError, HealthWarning, PublicHealthError } from '../../../src/shared/errors';
import { createBaseApp } from '../../../src/shared/http/base-app';
import { type HealthChecks, publicReason } from '../../../src/shared/http/health-checks';
import { healthOperations } from '../../../src/shared/http/health-operations';
import { createHttpServer, type HttpServer } from '../../../src/shared/http/http-server';
import { operationRoutes } from '../../../src/shared/http/operation-routes';
import { send } from '../../support/api-client';

const pass: RequestHandler = (_request, _response, next) => next();

function coded(message: string, code: string): Error {
  return Object.assign(new Error(message), { code });
}

/** Errors of the drivers, with the text that must not be public. */
const SECRETIVE: [error: unknown, shown: string][] = [
  [coded('connect ECONNREFUSED 10.0.0.5:5432', 'ECONNREFUSED'), 'it accepts no connections'],
  [coded('getaddrinfo ENOTFOUND db.internal', 'ENOTFOUND'), 'its name cannot be resolved'],
  [
    new AggregateError([
      coded('connect ECONNREFUSED ::1:6379', 'ECONNREFUSED'),
      coded('connect ECONNREFUSED 127.0.0.1:6379', 'ECONNREFUSED'),
    ]),
    'it accepts no connections',
  ],
  [
    new AppError(UNAVAILABLE, 'the database is not available', {
      cause: coded('password authentication failed for user "orders_app"', '28P01'),
    }),
    'it refuses the credentials',
  ],
  [new Error('timeout exceeded when trying to connect'), 'no answer in time'],
  [coded('database "orders_prod" does not exist', '3D000'), 'it lacks a required database, table or queue'],
  [new Error('redis://:hunter2@cache.internal:6379 is odd'), 'it does not work; the log has the reason'],
  ['a text that was thrown: 10.0.0.5', 'it does not work; the log has the reason'],
];

describe('public health', () => {
  const logger = { error: sinon.spy(), warn: sinon.spy(), info: sinon.spy(), debug: sinon.spy() };
  const checks: Record<string, HealthChecks[string]> = {};
  const limit = sinon.spy(pass);
  let server: HttpServer;
  let url: string;
  let part: string;
  let count = 0;
  before(async () => {
    const app = createBaseApp({ logger }, (routes) => {
      const operations = healthOperations('test-service', checks, logger);
      routes.use(operationRoutes(operations, { authenticate: pass, limit }));
    });
    server = createHttpServer({ app, host: '127.0.0.1', port: 0 });
    await server.start();
    url = `http://127.0.0.1:${server.port()}`;
  });
  after(() => server.stop());
  beforeEach(() => {
    for (const name of Object.keys(checks)) Reflect.deleteProperty(checks, name);
    part = `part-${(count += 1)}`;
    for (const spy of [logger.warn, logger.info, limit]) spy.resetHistory();
  });

  const health = () => send(`${url}/health`, 'GET');
  function component(check: () => Promise<unknown>, critical = false): sinon.SinonSpy {
    const spied = sinon.spy(check);
    checks[part] = { check: spied, critical };
    return spied;
  }

  for (const [error, shown] of SECRETIVE) {
    const text = error instanceof Error ? error.message || 'several errors' : String(error);
    it(`given a check that fails with "${text}", then the public reason is "${shown}", and the log has the details`, async () => {
      component(() => Promise.reject(error as Error));
      expect((await health()).body.components).to.deep.equal({ [part]: { status: 'down', error: shown } });
      const [, fields] = logger.warn.firstCall.args as [string, { component: string }];
      expect(fields.component).to.equal(part);
      if (text !== 'several errors')
        expect(JSON.stringify(fields)).to.contain(JSON.stringify(text).slice(1, -1));
    });
  }

  it('given any error, then the reason is one of a fixed set and contains nothing of its text', () => {
    const reasons = new Set<string>();
    const errors = fc.record({
      message: fc.string(),
      code: fc.string(),
      cause: fc.anything(),
      errors: fc.anything(),
    });
    fc.assert(
      fc.property(fc.oneof(errors, fc.anything()), (error) => {
        reasons.add(publicReason(error));
      }),
    );
    expect([...reasons].every((reason) => /^[a-z ;]+$/.test(reason))).to.equal(true);
    expect(reasons.size).to.be.below(10);
  });

  it('given a check with a public reason, then it is shown; given a warning, then the component and the service are up', async () => {
    component(() => Promise.reject(new PublicHealthError('it takes no writes')));
    expect((await health()).body).to.deep.include({
      status: 'degraded',
      components: { [part]: { status: 'down', error: 'it takes no writes' } },
    });
    component(() => Promise.reject(new HealthWarning('look at the settings')), true);
    const { status, body } = await health();
    expect(status).to.equal(200);
    expect(body).to.deep.include({
      status: 'up',
      components: { [part]: { status: 'up', warning: 'look at the settings' } },
    });
    expect((await send(`${url}/health/ready`, 'GET')).status).to.equal(200);
  });

  it('given many concurrent and repeated requests, then each component is checked once; readiness shares the result', async () => {
    // A result is valid for a second, which a busy machine can exceed.
    const clock = sinon.useFakeTimers({ now: Date.now(), toFake: ['Date'] });
    try {
      let answer: () => void = () => undefined;
      const critical = component(() => new Promise<void>((resolve) => (answer = resolve)), true);
      const asked = [...Array(30)].flatMap(() => [health(), send(`${url}/health/ready`, 'GET')]);
      while (critical.callCount === 0) await new Promise(setImmediate);
      answer();
      for (const { status } of await Promise.all(asked)) expect(status).to.equal(200);
      expect((await health()).status).to.equal(200);
      expect(critical.callCount).to.equal(1);
    } finally {
      clock.restore();
    }
  });

  it('given a component that stays down, then it is logged once, and its recovery once', async () => {
    const clock = sinon.useFakeTimers({ now: Date.now(), toFake: ['Date'] });
    try {
      const check = component(() =>
        Promise.reject(coded('connect ECONNREFUSED 10.0.0.5:5432', 'ECONNREFUSED')),
      );
      for (let second = 0; second < 5; second += 1) {
        await health();
        clock.tick(1_001);
      }
      expect([check.callCount, logger.warn.callCount]).to.deep.equal([5, 1]);
      component(() => Promise.resolve());
      await health();
      expect(logger.info.args.filter(([text]) => text === 'a component is healthy again')).to.have.length(1);
    } finally {
      clock.restore();
    }
  });

  it('given health and the probes, then only health counts against the quota of the address', async () => {
    component(() => Promise.resolve());
    await send(`${url}/health/ready`, 'GET');
    await send(`${url}/health/live`, 'GET');
    expect(limit.callCount).to.equal(0);
    await health();
    expect(limit.callCount).to.equal(1);
  });
});
