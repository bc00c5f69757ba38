import { type Request, type Response } from 'express';

/**
 * Runs work for an answer, with a signal that is aborted when the caller closes the connection before it has the whole answer. What the
 * work throws after that is dropped: nobody is there to read it.
 */
export async function untilCallerLeaves(
  response: Response,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const controller = new AbortController();
  const onClose = (): void => {
    if (!response.writableFinished) controller.abort(new Error('the caller has closed the connection'));
  };
  response.once('close', onClose);
  try {
    await work(controller.signal);
  } catch (error) {
    if (!controller.signal.aborted) throw error;
  }
}

/** Aborted once the connection of a request is closed, so that nobody waits for its answer any more. */
export function hungUp({ res, socket }: Request): AbortSignal {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  if (!res || res.closed || socket.destroyed) abort();
  else res.once('close', abort);
  return controller.signal;
}
