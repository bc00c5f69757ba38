import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A connection for bytes that an HTTP client would not send. */
export async function rawConnection(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** Sends bytes and returns the answer until the server closes or is silent for a second. */
export async function exchange(port: number, text: string | Buffer, patienceMs = 1_000): Promise<string> {
  const socket = await rawConnection(port);
  let answer = '';
  socket.setTimeout(patienceMs, () => socket.destroy());
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')));
  socket.write(text);
  await once(socket, 'close');
  return answer;
}
