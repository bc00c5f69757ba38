import { type Request } from 'express';

/** Aborted once the connection of a request is closed, so that nobody waits for its answer any more. */
export function hungUp({ res, socket }: Request): AbortSignal {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  if (!res || res.closed || socket.destroyed) abort();
  else res.once('close', abort);
  return controller.signal;
}
