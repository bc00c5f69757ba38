import { type Socket } from 'node:net';

/**
 * Closes a connection with RST immediately. Node's own `resetAndDestroy` first ends the stream, so pending writes delay it, and a `destroy`
 * in between finds a half-closed handle.
 */
export function resetConnection(socket: Socket): void {
  const isEnding = socket.writableEnded && !socket.writableFinished;
  if (!isEnding && !socket.destroyed) Object.assign(socket, { resetAndClosing: true });
  socket.destroy();
}
