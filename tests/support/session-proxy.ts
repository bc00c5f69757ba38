import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/**
 * A proxy to a PostgreSQL server that reports another server process id when a connection is opened, like a connection pooler: a client that
 * compares the ids detects a shared session.
 */
export interface SessionProxy {
  /** The URL of the same database through the proxy. */
  through(url: string): string;
  stop(): Promise<void>;
}

export async function startSessionProxy(postgresUrl: string): Promise<SessionProxy> {
  const { port, hostname } = new URL(postgresUrl);
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const target = connect(Number(port), hostname);
    const end = (): void => void [client, target].forEach((socket) => socket.destroy());
    for (const socket of [client, target]) {
      sockets.add(socket);
      socket
        .setNoDelay(true)
        .on('error', end)
        .on('close', () => sockets.delete(socket));
      socket.on('close', end);
    }
    client.pipe(target);
    renumber(target, client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    through(url) {
      const other = new URL(url);
      other.port = String((server.address() as AddressInfo).port);
      return other.href;
    },
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      sockets.forEach((socket) => socket.destroy());
      await closed;
    },
  };
}

const BACKEND_KEY_DATA = 'K'.charCodeAt(0);

/** Forwards the server's bytes with a changed process id in BackendKeyData (type, length, process id, key). */
function renumber(server: Socket, client: Socket): void {
  let waiting = Buffer.alloc(0);
  let isDone = false;
  server.on('data', (piece: Buffer) => {
    if (isDone) return void client.write(piece);
    waiting = Buffer.concat([waiting, piece]);
    while (!isDone && waiting.length >= 9 && waiting.length > waiting.readUInt32BE(1)) {
      const message = waiting.subarray(0, waiting.readUInt32BE(1) + 1);
      waiting = waiting.subarray(message.length);
      if (message[0] === BACKEND_KEY_DATA) {
        message.writeInt32BE(message.readInt32BE(5) + 1_000_000, 5);
        isDone = true;
      }
      client.write(message);
    }
    if (isDone) client.write(waiting);
  });
}
