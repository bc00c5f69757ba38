import { expect } from 'chai';
import sinon from 'sinon';
import {
  createBackgroundLoop,
  createHousekeepingLoop,
  type StepResult,
} from '../../../src/shared/runtime/background-loop';
import { startService, stopService, type Component } from '../../../src/shared/runtime/lifecycle';

const logger = { error: sinon.spy(), warn: sinon.spy(), info: sinon.spy(), debug: sinon.spy() };
const turn = (): Promise<void> => new Promise(setImmediate);

describe('a background loop', () => {
  let steps: (StepResult | Error)[];
  let taken: number;
  beforeEach(() => {
    steps = [];
    taken = 0;
  });

  const loop = (idleMs = 60_000) =>
    createBackgroundLoop({
      name: 'test',
      idleMs,
      logger,
      step() {
        taken += 1;
        const next = steps.shift() ?? 'idle';
        return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
      },
    });

  it('given runOnce, then one step runs, and its error is rethrown', async () => {
    steps = ['busy', new Error('broken')];
    const single = loop();
    expect(await single.runOnce()).to.equal('busy');
    expect(await single.runOnce().catch((error: Error) => error.message)).to.equal('broken');
    expect(taken).to.equal(2);
  });

  it('given busy steps, then the next follows at once; given idle steps, then only after the rest or a nudge', async () => {
    steps = ['busy', 'busy', 'idle', 'idle'];
    const running = loop();
    await running.start();
    for (let turns = 0; turns < 10; turns += 1) await turn();
    expect(taken).to.equal(3);
    running.nudge();
    for (let turns = 0; turns < 10; turns += 1) await turn();
    expect(taken).to.equal(4);
    await running.stop();
  });

  it('given a number, then the rest is that long', async () => {
    steps = [1, 'idle'];
    const running = loop();
    await running.start();
    while (taken < 2) await turn();
    await running.stop();
    expect(taken).to.equal(2);
  });

  it('given a throttled step, then a nudge does not end its rest', async () => {
    const clock = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    steps = ['throttled', 'idle'];
    const running = loop();
    await running.start();
    running.nudge();
    await clock.tickAsync(50);
    running.nudge();
    expect(taken).to.equal(1);
    await clock.tickAsync(100);
    expect(taken).to.equal(2);
    clock.restore();
    await running.stop();
  });

  it('given a pace, then a nudge waits for it, but a busy step does not', async () => {
    const clock = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    steps = ['busy', 0, 'idle'];
    const running = createBackgroundLoop({
      name: 'test',
      idleMs: 60_000,
      paceMs: 100,
      logger,
      step: () => Promise.resolve(steps.shift() ?? 'idle').finally(() => (taken += 1)) as Promise<StepResult>,
    });
    await running.start();
    await clock.tickAsync(99);
    running.nudge();
    expect(taken, 'the second at once, the third not yet').to.equal(2);
    await clock.tickAsync(1);
    expect(taken).to.equal(3);
    running.nudge();
    await clock.tickAsync(99);
    expect(taken, 'a nudge ends the rest, not the pace').to.equal(3);
    await clock.tickAsync(1);
    expect(taken).to.equal(4);
    clock.restore();
    await running.stop();
  });

  it('given a nudge during the step, then there is no rest after it', async () => {
    const running = createBackgroundLoop({
      name: 'test',
      idleMs: 60_000,
      logger,
      step() {
        taken += 1;
        if (taken === 1) running.nudge();
        return Promise.resolve('idle');
      },
    });
    await running.start();
    for (let turns = 0; turns < 10; turns += 1) await turn();
    await running.stop();
    expect(taken).to.equal(2);
  });

  it('given failing steps, then the error is logged, the step is retried later, and a nudge does not shorten the wait', async () => {
    logger.warn.resetHistory();
    steps = [new Error('first'), 'idle'];
    const running = loop();
    await running.start();
    await turn();
    running.nudge();
    for (let turns = 0; turns < 5; turns += 1) await turn();
    expect(taken).to.equal(1);
    expect(logger.warn.firstCall.args[1]).to.include({ error: 'first', failures: 1 });
    while (taken < 2) await turn();
    await running.stop();
  });

  it('given a stop during a step, then it waits for the step, and no other step follows', async () => {
    let finish: () => void = () => undefined;
    const running = createBackgroundLoop({
      name: 'test',
      idleMs: 0,
      logger,
      step: () => new Promise((resolve) => (finish = () => resolve('busy'))),
    });
    await running.start();
    await turn();
    let stopped = false;
    const stopping = running.stop().then(() => (stopped = true));
    await turn();
    expect(stopped).to.equal(false);
    finish();
    await stopping;
  });

  it('given a step that throws because of the stop, then that is not a failure', async () => {
    logger.warn.resetHistory();
    const running = createBackgroundLoop({
      name: 'test',
      idleMs: 0,
      logger,
      step: (signal) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))),
    });
    await running.start();
    await running.stop();
    expect(logger.warn.callCount).to.equal(0);
  });

  it('given housekeeping, then it logs the number of removed rows', async () => {
    logger.debug.resetHistory();
    expect(
      await createHousekeepingLoop([() => Promise.resolve(1), () => Promise.resolve(2)], logger).runOnce(),
    ).to.equal('busy');
    expect(await createHousekeepingLoop([() => Promise.resolve(0)], logger).runOnce()).to.equal('idle');
    expect(logger.debug.lastCall.args[1]).to.deep.equal({ removed: 3 });
  });
});

describe('the lifecycle of a service', () => {
  const log: string[] = [];
  beforeEach(() => log.splice(0));

  const part = (name: string, faults: { start?: boolean; stop?: 'fails' | 'hangs' } = {}): Component => ({
    name,
    start() {
      log.push(`start ${name}`);
      return faults.start ? Promise.reject(new Error(`${name} is broken`)) : Promise.resolve();
    },
    stop() {
      log.push(`stop ${name}`);
      if (faults.stop === 'hangs') return new Promise(() => undefined);
      return faults.stop === 'fails' ? Promise.reject(new Error('cannot')) : Promise.resolve();
    },
  });
  const service = (...components: Component[]) => ({
    name: 's',
    logger,
    components,
    stopTimeoutMs: 20,
    processes: 1,
  });

  it('given components, then they start in order and stop in reverse order', async () => {
    const whole = service(part('a'), part('b'));
    await startService(whole);
    expect(await stopService(whole)).to.equal(true);
    expect(log).to.deep.equal(['start a', 'start b', 'stop b', 'stop a']);
  });

  it('given a component that cannot start, then the earlier ones are stopped and the error is rethrown', async () => {
    const error = await startService(service(part('a'), part('b', { start: true }), part('c'))).catch(
      (e: Error) => e.message,
    );
    expect(error).to.equal('b is broken');
    expect(log).to.deep.equal(['start a', 'start b', 'stop b', 'stop a']);
  });

  it('given a stop during the start, then no further component starts, and the start stops none itself', async () => {
    const stop = new AbortController();
    const interrupted = { ...part('b'), start: () => Promise.resolve(stop.abort()) };
    await startService(service(part('a'), interrupted, part('c')), stop.signal);
    expect(log).to.deep.equal(['start a']);
  });

  it('given a component that cannot start because of a stop, then that is no error, and the start stops none itself', async () => {
    const stop = new AbortController();
    const failing = () => {
      stop.abort();
      return Promise.reject(new Error('connection ended'));
    };
    await startService(service(part('a'), { ...part('b'), start: failing }), stop.signal);
    expect(log).to.deep.equal(['start a']);
  });

  it('given components that fail or hang when stopped, then the others are still stopped, and the stop is not clean', async () => {
    expect(
      await stopService(service(part('a'), part('b', { stop: 'hangs' }), part('c', { stop: 'fails' }))),
    ).to.equal(false);
    expect(log).to.deep.equal(['stop c', 'stop b', 'stop a']);
  });
});
