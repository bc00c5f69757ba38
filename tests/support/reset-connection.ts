import { type Socket } from 'node:net';

/**
 * Cuts a connection with RST at once. Node's own `resetAndDestroy` first ends the stream, so whatever still waits to be written
 * holds it up, and a `destroy` in between meets a handle that is half shut.
 */
export function resetConnection(socket: Socket): void {
  const isEnding = socket.writableEnded && !socket.writableFinished;
  if (!isEnding && !socket.destroyed) Object.assign(socket, { resetAndClosing: true });
  socket.destroy();
}
