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
    Object.assign(new EventEmitter(), { process: { pid } }) as unknown as Worker;

  async function started(): Promise<Worker> {
    const worker = workerOf(1);
    fork.onCall(0).returns(worker);
    const record = (message: string) => logged.push(message);
    const logger: Logger = { error: record, warn: record, info: record, debug: record };
    const starting = workerProcesses({ count: 1, logger }).start();
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
    worker.emit('exit', null, 'SIGKILL');
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
    const silent: Logger = {
      error: sinon.stub(),
      warn: sinon.stub(),
      info: sinon.stub(),
      debug: sinon.stub(),
    };
    const starting = workerProcesses({ count: 1, logger: silent }).start();
    fork.firstCall.returnValue.emit('error', new Error('spawn EAGAIN'));
    expect(await starting.catch((error: unknown) => error)).to.have.property('message', 'spawn EAGAIN');
  });
});
