import { EventEmitter } from 'node:events';
import { UndiciHttpHandler } from '@smithy/undici-http-handler';
import { Agent } from 'undici';

const CONNECT_MS = 1_000;
const MAX_CONNECTIONS = 64;

/** Creates the HTTP handler of an SQS client: it reuses connections, and each call ends within the given number of milliseconds. */
export const createSqsHttpHandler = (limitMs: number): UndiciHttpHandler => new LimitedHttpHandler(limitMs);

type Handle = UndiciHttpHandler['handle'];

/**
 * One time limit for a whole call: the wait for a connection, the answer and its body. The time limits of undici do not include that wait,
 * begin anew with each part of the body, and are checked every half second only; they are off.
 */
class LimitedHttpHandler extends UndiciHttpHandler {
  constructor(private readonly limitMs: number) {
    const limits = { headersTimeout: 0, bodyTimeout: 0, connect: { timeout: CONNECT_MS } };
    super({ dispatcher: new Agent({ ...limits, connections: MAX_CONNECTIONS }) });
  }

  override async handle(...[request, options = {}]: Parameters<Handle>): ReturnType<Handle> {
    const call = new CallSignal();
    const timer = setTimeout(() => call.abort(timeoutError(this.limitMs)), this.limitMs);
    const outer = options.abortSignal as AbortSignal | undefined;
    const abort = (): void => call.abort(abortError());
    if (outer?.aborted) abort();
    outer?.addEventListener('abort', abort, { once: true });
    try {
      const abortSignal = call as unknown as AbortSignal;
      const { response } = await super.handle(request, { ...options, abortSignal });
      // Read here, within the time limit. The SDK takes bytes as they are.
      response.body = await (response.body as { bytes: () => Promise<Uint8Array> }).bytes();
      return { response };
    } catch (error) {
      // The SDK repeats a call for this name; without it only a connection that is lost before the answer has it.
      if ((error as { code?: unknown }).code === 'UND_ERR_SOCKET')
        Object.assign(error as Error, { name: 'RequestTimeout' });
      throw error;
    } finally {
      clearTimeout(timer);
      outer?.removeEventListener('abort', abort);
    }
  }
}

/** undici takes an emitter of `abort` for a signal; an AbortController takes 20 µs more for each call. */
class CallSignal extends EventEmitter {
  aborted = false;
  reason: Error | undefined;

  abort(reason: Error): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    this.emit('abort');
  }
}

const abortError = (): Error => Object.assign(new Error('the call was aborted'), { name: 'AbortError' });

/** The SDK and the health checks know a timeout by this name. */
const timeoutError = (limitMs: number): Error =>
  Object.assign(new Error(`no answer within ${String(limitMs)} ms`), { name: 'TimeoutError' });
