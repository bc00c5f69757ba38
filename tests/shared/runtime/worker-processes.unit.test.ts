import cluster, { type Worker } from 'node:cluster';
import { EventEmitter } from 'node:events';
import { expect } from 'chai';
import sinon from 'sinon';
import { type Logger } from '../../../src/shared/observability/logger';
import { workerProcesses } from '../../../src/shared/runtime/worker-processes';

/** Fake processes whose events are emitted by the test. */
describe('worker processes', () => {
  let fork: sinon.SinonStub<[env?: unknown], Worker>;
  let clock: sinon.SinonFakeTimers;
  let logged: string[];
  beforeEach(() => {
    fork = sinon.stub(cluster, 'fork');
    clock = sinon.useFakeTimers({ toFake: ['setTimeout'] });
    logged = [];
  });
  afterEach(() => {
    sinon.restore();
    clock.restore();
  });

  const workerOf = (pid?: number): Worker =>
    Object.assign(new EventEmitter(), { process: { pid }, isDead: () => false }) as unknown as Worker;

  const recorder = (): Logger => {
    const record = (message: string) => logged.push(message);
    return { error: record, warn: record, info: record, debug: record };
  };

  function end(worker: Worker): void {
    worker.isDead = () => true;
    worker.emit('exit', null, 'SIGKILL');
  }

  async function started(): Promise<Worker> {
    const worker = workerOf(1);
    fork.onCall(0).returns(worker);
    const starting = workerProcesses({ count: 1, logger: recorder() }).start();
    worker.emit('listening');
    await starting;
    return worker;
  }

  it('given a message that cannot be sent to a worker, then that is only logged', async () => {
    const worker = await started();
    worker.emit('error', new Error('write EPIPE'));
    await clock.tickAsync(5_000);
    expect(logged).to.deep.equal(['a worker process cannot be started or reached']);
    expect(fork.callCount).to.equal(1);
  });

  it('given a failed replacement of an ended worker, then it is retried until it succeeds', async () => {
    const worker = await started();
    const neverStarted = workerOf();
    fork.onCall(1).throws(new Error('spawn ENOMEM'));
    fork.onCall(2).returns(neverStarted);
    fork.onCall(3).returns(workerOf(2));
    end(worker);
    await clock.tickAsync(2_000);
    neverStarted.emit('error', new Error('spawn EAGAIN'));
    await clock.tickAsync(5_000);
    expect(fork.callCount).to.equal(4);
    expect(logged).to.deep.equal([
      'a worker process ended and is replaced',
      'a worker process cannot be started',
      'a worker process cannot be started or reached',
    ]);
  });

  it('given no worker at the start, then the start fails', async () => {
    fork.onCall(0).returns(workerOf());
    const starting = workerProcesses({ count: 1, logger: recorder() }).start();
    fork.firstCall.returnValue.emit('error', new Error('spawn EAGAIN'));
    expect(await starting.catch((error: unknown) => error)).to.have.property('message', 'spawn EAGAIN');
  });

  it('given a worker that ends before it is up while another one comes up, then the start succeeds and the ended one is replaced', async () => {
    const [first, second] = [workerOf(1), workerOf(2)];
    fork.onCall(0).returns(first).onCall(1).returns(second).onCall(2).returns(workerOf(3));
    const starting = workerProcesses({ count: 2, logger: recorder() }).start();
    end(first);
    second.emit('listening');
    await starting;
    await clock.tickAsync(2_000);
    expect(fork.callCount).to.equal(3);
    expect(logged).to.deep.equal(['a worker process ended and is replaced']);
  });

  it('given a worker that ends before it is up after another one came up, then it is replaced', async () => {
    const [first, second] = [workerOf(1), workerOf(2)];
    fork.onCall(0).returns(first).onCall(1).returns(second).onCall(2).returns(workerOf(3));
    const starting = workerProcesses({ count: 2, logger: recorder() }).start();
    first.emit('listening');
    await starting;
    end(second);
    await clock.tickAsync(2_000);
    expect(fork.callCount).to.equal(3);
  });

  it('given workers that all end before they are up, then the start fails and none is replaced', async () => {
    const workers = [workerOf(1), workerOf(2)] as const;
    fork.onCall(0).returns(workers[0]).onCall(1).returns(workers[1]);
    const starting = workerProcesses({ count: 2, logger: recorder() }).start();
    workers.forEach(end);
    const outcome = await starting.catch((error: unknown) => error);
    expect(outcome).to.have.property('message', 'a worker process ended before it was up');
    await clock.tickAsync(2_000);
    expect(fork.callCount).to.equal(2);
  });
});
