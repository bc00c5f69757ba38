import { type Request, type Response } from 'express';

/**
 * Runs work that produces an answer, with a signal that is aborted when the caller closes the connection before it has received the whole
 * answer. An error after that is dropped, because no caller remains to receive it.
 */
export async function untilClientDisconnects(
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

/** Returns a signal that is aborted when the connection of a request is closed, so that no caller waits for its answer. */
export function disconnectSignal({ res, socket }: Request): AbortSignal {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  if (!res || res.closed || socket.destroyed) abort();
  else res.once('close', abort);
  return controller.signal;
}
