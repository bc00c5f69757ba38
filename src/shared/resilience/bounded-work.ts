import { AsyncResource } from 'node:async_hooks';
import { UNAVAILABLE } from '../contracts/problem';
import { AppError } from '../errors';
import { RoundRobinQueue, type QueuePath } from './round-robin-queue';

export interface BoundedWorkOptions {
  /** The maximum number of running pieces of work. */
  concurrency: number;
  /** The maximum number of waiting pieces. When it is exceeded, the key with most of them loses its last one. */
  maxWaiting: number;
  /** The maximum number of waiting pieces under the first key of a path. */
  maxWaitingPerKey: number;
  /** How long a piece may wait, in milliseconds. */
  maxWaitMs: number;
}

export interface WorkOptions {
  /** Removes waiting work from the queue when it is aborted; running work continues. */
  signal?: AbortSignal | undefined;
  /** The identity of the work: one run serves several waiting callers of the same path and identity. */
  deduplicationKey?: string;
}

export interface WorkResult<T> {
  value: T;
  /** True when the work was done for another caller with the same `deduplicationKey`. */
  shared: boolean;
}

/** Runs expensive work within limits. */
export interface BoundedWork {
  /** @throws OverloadedError when too many pieces wait, this one waited too long, or its signal was aborted while it waited. */
  run<T>(path: QueuePath, work: () => Promise<T>, options?: WorkOptions): Promise<WorkResult<T>>;
  /** Whether work of this path would be accepted now. */
  hasRoom(path: QueuePath): boolean;
  /** The number of waiting pieces. */
  waiting(): number;
}

/** The work was not done because of an overload. */
export class OverloadedError extends AppError {
  constructor(readonly reason: 'full' | 'waited_too_long' | 'caller_gone') {
    super(UNAVAILABLE, 'too many requests of this kind are waiting; try again', { retryAfterSeconds: 1 });
    this.name = 'OverloadedError';
  }
}

interface Waiting {
  path: QueuePath;
  deduplicationKey: string | undefined;
  work: () => Promise<unknown>;
  resolve: (result: WorkResult<unknown>) => void;
  reject: (error: unknown) => void;
  /** Clears the timer and removes the listener on the signal. */
  settle: () => void;
}

/** The maximum number of callers that one run serves: more would release a burst of follow-up work. */
const MAX_SHARED = 4;

/**
 * Runs a limited number of pieces at once. The others wait and are served round-robin by the keys of their paths, so that a caller with
 * many requests delays mainly itself. The number of waiting pieces and their waiting time are limited, whatever the work costs.
 */
export function createBoundedWork(options: BoundedWorkOptions): BoundedWork {
  const queue = new RoundRobinQueue<Waiting>();
  let running = 0;

  function hasRoom(path: QueuePath): boolean {
    if (running < options.concurrency && queue.size === 0) return true;
    const ofKey = queue.sizeOf(path);
    if (ofKey >= options.maxWaitingPerKey) return false;
    return queue.size < options.maxWaiting || queue.longest() > ofKey + 1;
  }

  function start(): void {
    while (running < options.concurrency) {
      const first = queue.shift();
      if (!first) return;
      const { path, deduplicationKey } = first;
      const same =
        deduplicationKey === undefined
          ? []
          : queue.take(path, (one) => one.deduplicationKey === deduplicationKey, MAX_SHARED - 1);
      running += 1;
      void perform(first, same).finally(() => {
        running -= 1;
        start();
      });
    }
  }

  function refuseWaiting(waiting: Waiting, reason: OverloadedError['reason']): void {
    const [found] = queue.take(waiting.path, (one) => one === waiting);
    refuse(found, reason);
  }

  function enqueue(waiting: Waiting, signal: AbortSignal | undefined): void {
    const onAbort = (): void => refuseWaiting(waiting, 'caller_gone');
    const timer = setTimeout(() => refuseWaiting(waiting, 'waited_too_long'), options.maxWaitMs);
    signal?.addEventListener('abort', onAbort);
    waiting.settle = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
    queue.push(waiting.path, waiting);
    if (queue.size > options.maxWaiting) refuse(queue.dropFromLongest(), 'full');
    start();
  }

  return {
    hasRoom,
    waiting: () => queue.size,
    run: <T>(path: QueuePath, work: () => Promise<T>, { signal, deduplicationKey }: WorkOptions = {}) =>
      new Promise<WorkResult<T>>((resolve, reject) => {
        if (signal?.aborted) return reject(new OverloadedError('caller_gone'));
        if (!hasRoom(path)) return reject(new OverloadedError('full'));
        const ends = { resolve: resolve as Waiting['resolve'], reject, settle: () => undefined };
        // It starts when another piece ends, and still belongs to its own request.
        enqueue({ path, deduplicationKey, work: AsyncResource.bind(work), ...ends }, signal);
      }),
  };
}

async function perform(first: Waiting, same: readonly Waiting[]): Promise<void> {
  for (const one of [first, ...same]) one.settle();
  try {
    const value = await first.work();
    first.resolve({ value, shared: false });
    for (const one of same) one.resolve({ value, shared: true });
  } catch (error) {
    for (const one of [first, ...same]) one.reject(error);
  }
}

function refuse(waiting: Waiting | undefined, reason: OverloadedError['reason']): void {
  waiting?.settle();
  waiting?.reject(new OverloadedError(reason));
}
